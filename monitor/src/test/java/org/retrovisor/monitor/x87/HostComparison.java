package org.retrovisor.monitor.x87;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.retrovisor.monitor.oracle.ExtendedOperands;
import org.retrovisor.monitor.oracle.HostVendor;
import org.retrovisor.monitor.oracle.KeptOperand;

/** Runs the same case on the host and on our unit, and shows both results where they differ. */
final class HostComparison {
    /** Our side of a case: the instruction on the unit, its operand in {@link #operand}. */
    interface Model {
        void run(HostComparison c);
    }

    private static final int CONTROL = 0;
    private static final int STATUS = 4;
    private static final int TAG = 8;
    private static final int FIRST_REGISTER = 28;
    /** The tag of an empty register. */
    private static final int EMPTY = 3;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    final HostFpu host = new HostFpu();
    final X87State state;
    final X87Unit unit;
    final byte[] before = new byte[HostFpu.IMAGE];
    final byte[] ours = new byte[HostFpu.IMAGE];
    final byte[] theirs = new byte[HostFpu.IMAGE];

    /** Memory operand before and, for stores, after. */
    long operandLow;

    int operandHigh;
    long flags;
    long rax;

    HostComparison(X87State state, X87Unit unit) {
        this.state = state;
        this.unit = unit;
    }

    /** Prepares a case: TOP, control word, condition codes, and the registers of the operand source. */
    void prepare(ExtendedOperands operands, int control) {
        state.initialize();
        int near = operands.below(3) == 0 ? operands.below(0x7FFF) : 16383;
        for (int p = 0; p < 8; p++) {
            operands.next(near);
            state.setPhysical(p, operands.significand, operands.signExponent);
        }
        state.setControl(control);
        state.setTop(operands.below(8));
        int empty = operands.below(8) == 0 ? operands.below(256) : 1 << ((state.top() + 7) & 7);
        state.setAbridgedTag(~empty);
        state.setStatus(state.status() & 0x3800 | operands.below(0x10000) & X87Bits.CONDITIONS);
        operandLow = operands.bits();
        operandHigh = operands.below(0x10000);
        flags = 0x202 | operands.below(0x1000) & 0x8D5;
    }

    /**
     * Runs both sides; null when they agree in every bit under {@code statusMask}, and within {@code ulps} units in the last
     * place of the upper two registers, but for {@linkplain KeptOperand what Intel's processors are known to do differently}.
     */
    String compare(String mnemonic, MemorySegment instruction, Model model, int statusMask, int ulps) {
        int top = state.top();
        X87Images.save(state, X87Images.Form.PROTECTED_32, before, 0);
        MemorySegment block = host.block;
        MemorySegment.copy(before, 0, block, ValueLayout.JAVA_BYTE, 0, HostFpu.IMAGE);
        block.set(LONG, HostFpu.OPERAND, operandLow);
        block.set(SHORT, HostFpu.OPERAND + 8, (short) operandHigh);
        block.set(LONG, HostFpu.FLAGS_BEFORE, flags);
        host.run(instruction);
        MemorySegment.copy(block, ValueLayout.JAVA_BYTE, HostFpu.AFTER, theirs, 0, HostFpu.IMAGE);
        rax = 0;
        long low = operandLow;
        int high = operandHigh;
        model.run(this);
        X87Images.save(state, X87Images.Form.PROTECTED_32, ours, 0);
        clearPointers(ours);
        clearPointers(theirs);
        maskStatus(ours, statusMask);
        maskStatus(theirs, statusMask);
        settle(mnemonic, top);
        for (int i = 0; i < 2; i++) {
            acceptNeighbour(register(i), ulps);
        }
        boolean same = Arrays.equals(ours, theirs)
                && operandLow == block.get(LONG, HostFpu.OPERAND)
                && operandHigh == (block.get(SHORT, HostFpu.OPERAND + 8) & 0xFFFF)
                && flags == block.get(LONG, HostFpu.FLAGS) && rax == block.get(LONG, HostFpu.RAX);
        return same ? null : describe(low, high);
    }

    /** Pointers to the last instruction are the processor's to set, not the unit's. */
    private static void clearPointers(byte[] image) {
        Arrays.fill(image, 12, 28, (byte) 0);
    }

    private static void maskStatus(byte[] image, int mask) {
        image[4] &= (byte) mask;
        image[5] &= (byte) (mask >> 8);
    }

    /** Where the host is known to leave its operand as it is, ours counts: that register, its tag, and underflow. */
    private void settle(String mnemonic, int top) {
        if (HostVendor.current() != HostVendor.INTEL || topOf(ours) != topOf(theirs)) {
            return;
        }
        KeptOperand operand = new KeptOperand(
                half(before, CONTROL), significand(before, 0), signExponent(before, 0), significand(before, 1),
                signExponent(before, 1));
        int now = top - topOf(theirs) & 7;
        if (operand.mayBeKeptBy(mnemonic) && operand.isIn(significand(theirs, now), signExponent(theirs, now))) {
            System.arraycopy(ours, register(now), theirs, register(now), 10);
            int tag = EMPTY << 2 * top;
            setHalf(theirs, TAG, half(theirs, TAG) & ~tag | half(ours, TAG) & tag);
            setHalf(theirs, STATUS, KeptOperand.settledStatus(half(theirs, STATUS), half(ours, STATUS)));
        }
    }

    private void acceptNeighbour(int at, int ulps) {
        boolean sameOrNextBinade = Math.abs(half(ours, at + 8) - half(theirs, at + 8)) <= 1;
        if (sameOrNextBinade && Math.abs(ordinal(ours, at) - ordinal(theirs, at)) <= ulps) {
            System.arraycopy(theirs, at, ours, at, 10);
        }
    }

    private static int register(int i) {
        return FIRST_REGISTER + 10 * i;
    }

    private static int half(byte[] image, int at) {
        return MemorySegment.ofArray(image).get(SHORT, at) & 0xFFFF;
    }

    private static void setHalf(byte[] image, int at, int value) {
        MemorySegment.ofArray(image).set(SHORT, at, (short) value);
    }

    private static int topOf(byte[] image) {
        return half(image, STATUS) >> X87Bits.TOP_SHIFT & 7;
    }

    private static long significand(byte[] image, int i) {
        return MemorySegment.ofArray(image).get(LONG, register(i));
    }

    private static int signExponent(byte[] image, int i) {
        return half(image, register(i) + 8);
    }

    /** Numbers the encodings of close exponents without a gap between one binade and the next. */
    private static long ordinal(byte[] image, int at) {
        MemorySegment m = MemorySegment.ofArray(image);
        return ((long) m.get(SHORT, at + 8) << 63) + (m.get(LONG, at) & Long.MAX_VALUE);
    }

    private String describe(long low, int high) {
        MemorySegment block = host.block;
        return String.format(
                "before %s  operand %04x %016x%nours   %s  operand %04x %016x flags %x rax %x%n"
                        + "host   %s  operand %04x %016x flags %x rax %x",
                text(before), high, low, text(ours), operandHigh, operandLow, flags, rax, text(theirs),
                block.get(SHORT, HostFpu.OPERAND + 8) & 0xFFFF, block.get(LONG, HostFpu.OPERAND),
                block.get(LONG, HostFpu.FLAGS), block.get(LONG, HostFpu.RAX));
    }

    /** An image in words: control, status, tag and ST0 to ST7. */
    static String text(byte[] image) {
        MemorySegment m = MemorySegment.ofArray(image);
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < 12; at += 4) {
            out.append(String.format("%04x ", m.get(SHORT, at)));
        }
        for (int i = 0; i < 8; i++) {
            out.append(String.format(" %04x:%016x", m.get(SHORT, 36 + 10 * i), m.get(LONG, 28 + 10 * i)));
        }
        return out.toString();
    }
}
