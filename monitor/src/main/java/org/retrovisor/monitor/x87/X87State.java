package org.retrovisor.monitor.x87;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What the guest can see of the floating-point unit: eight physical registers, the stack top, control, status and tag
 * words, and the pointers to the last instruction and operand (Intel SDM volume 1, section 8.1).
 *
 * <p>Physical register p is ST((p - TOP) mod 8). MMX register i is the significand of physical register i. The status
 * word is kept without TOP, ES and B, which follow from the rest and so can never disagree with it.
 */
public final class X87State {
    /** Bits of the control word that can be written; bit 6 always reads as one. */
    private static final int CONTROL_WRITABLE = 0x1F3F;

    private static final int CONTROL_FIXED = 0x0040;
    private static final int POWER_ON_CONTROL = 0x0040;
    private static final int STATUS_STORED = X87Bits.EXCEPTIONS | X87Bits.SF | X87Bits.CONDITIONS;

    private final long[] significands = new long[8];
    private final int[] signExponents = new int[8];
    private int occupied;
    private int top;
    private int control;
    private int status;
    private int opcode;
    private long instructionPointer;
    private long dataPointer;
    private int codeSelector;
    private int dataSelector;

    /** Rounds by the control word of this state. */
    final Rounder rounder = new Rounder();

    public X87State() {
        reset();
    }

    /** What FNINIT does: registers keep their contents but are tagged empty. */
    public void initialize() {
        setControl(X87Bits.INITIAL_CONTROL);
        status = 0;
        top = 0;
        occupied = 0;
        setLastInstruction(0, 0, 0, 0, 0);
    }

    /** Power-on (SDM volume 3, table 10-1): zero in every register and none empty, all exceptions unmasked. */
    public void reset() {
        initialize();
        setControl(POWER_ON_CONTROL);
        occupied = 0xFF;
        for (int p = 0; p < 8; p++) {
            setPhysical(p, 0, 0);
        }
    }

    /** Writes the whole state; equal states give equal bytes. */
    public void save(DataOutput out) throws IOException {
        out.writeShort(control);
        out.writeShort(status());
        out.writeByte(occupied);
        out.writeShort(opcode);
        out.writeShort(codeSelector);
        out.writeLong(instructionPointer);
        out.writeShort(dataSelector);
        out.writeLong(dataPointer);
        for (int p = 0; p < 8; p++) {
            out.writeLong(significands[p]);
            out.writeShort(signExponents[p]);
        }
    }

    /** Takes over a state written by {@link #save}; any bytes make a state that a guest could have made. */
    public void restore(DataInput in) throws IOException {
        setControl(in.readUnsignedShort());
        setStatus(in.readUnsignedShort());
        setAbridgedTag(in.readUnsignedByte());
        int fop = in.readUnsignedShort();
        int fcs = in.readUnsignedShort();
        long fip = in.readLong();
        int fds = in.readUnsignedShort();
        setLastInstruction(fop, fcs, fip, fds, in.readLong());
        for (int p = 0; p < 8; p++) {
            long significand = in.readLong();
            setPhysical(p, significand, in.readUnsignedShort());
        }
    }

    public int control() {
        return control;
    }

    public void setControl(int word) {
        control = word & CONTROL_WRITABLE | CONTROL_FIXED;
        rounder.control(control);
    }

    /** The status word with TOP, and with ES and B set while an unmasked exception is pending. */
    public int status() {
        int summary = exceptionPending() ? X87Bits.ES | X87Bits.BUSY : 0;
        return status | top << X87Bits.TOP_SHIFT | summary;
    }

    /** Takes flags, condition codes and TOP; ES and B are recomputed, not taken. */
    public void setStatus(int word) {
        status = word & STATUS_STORED;
        top = word >>> X87Bits.TOP_SHIFT & 7;
    }

    /** An unmasked exception waits: the next waiting instruction raises #MF. */
    public boolean exceptionPending() {
        return (status & ~control & X87Bits.EXCEPTIONS) != 0;
    }

    /** FNCLEX: clears exception flags and the stack fault. */
    public void clearExceptions() {
        status &= X87Bits.CONDITIONS;
    }

    void addFlags(int flags) {
        status |= flags;
    }

    void setConditions(int mask, int conditions) {
        status = status & ~mask | conditions;
    }

    public int top() {
        return top;
    }

    void setTop(int newTop) {
        top = newTop & 7;
    }

    /** The abridged tag word: bit p is one when physical register p is not empty (FXSAVE). */
    public int abridgedTag() {
        return occupied;
    }

    public void setAbridgedTag(int tag) {
        occupied = tag & 0xFF;
    }

    /** The full tag word: 0 valid, 1 zero, 2 special, 3 empty; physical register 0 in the lowest two bits. */
    public int tag() {
        int tag = 0;
        for (int p = 7; p >= 0; p--) {
            tag = tag << 2 | tagOf(p);
        }
        return tag;
    }

    private int tagOf(int p) {
        if ((occupied >> p & 1) == 0) {
            return 3;
        }
        return switch (Float80.classify(significands[p], signExponents[p])) {
            case Float80.NORMAL -> 0;
            case Float80.ZERO -> 1;
            default -> 2;
        };
    }

    /** Takes a full tag word; only "empty" matters, the rest follows from the contents. */
    public void setTag(int tag) {
        occupied = 0;
        for (int p = 0; p < 8; p++) {
            if ((tag >> 2 * p & 3) != 3) {
                occupied |= 1 << p;
            }
        }
    }

    public long physicalSignificand(int p) {
        return significands[p];
    }

    public int physicalSignExponent(int p) {
        return signExponents[p];
    }

    /** Sets the contents of a physical register, not its tag. */
    public void setPhysical(int p, long significand, int signExponent) {
        significands[p] = significand;
        signExponents[p] = signExponent & 0xFFFF;
    }

    /** Significand of ST(i). */
    public long significand(int i) {
        return significands[top + i & 7];
    }

    /** Sign (bit 15) and biased exponent of ST(i). */
    public int signExponent(int i) {
        return signExponents[top + i & 7];
    }

    public boolean isEmpty(int i) {
        return (occupied >> (top + i & 7) & 1) == 0;
    }

    /** Writes ST(i) and tags it as in use. */
    void set(int i, long significand, int signExponent) {
        int p = top + i & 7;
        significands[p] = significand;
        signExponents[p] = signExponent;
        occupied |= 1 << p;
    }

    void setEmpty(int i) {
        occupied &= ~(1 << (top + i & 7));
    }

    void push(long significand, int signExponent) {
        top = top - 1 & 7;
        set(0, significand, signExponent);
    }

    void pop() {
        setEmpty(0);
        top = top + 1 & 7;
    }

    /** MMX register i. */
    public long mmx(int i) {
        return significands[i];
    }

    /** Writes MMX register i; sign and exponent become all ones (SDM volume 1, section 9.6). */
    public void setMmx(int i, long value) {
        significands[i] = value;
        signExponents[i] = 0xFFFF;
    }

    /** What every MMX instruction but EMMS does first: TOP becomes 0 and all registers are tagged as in use. */
    public void enterMmx() {
        top = 0;
        occupied = 0xFF;
    }

    /** EMMS: all registers are tagged empty. */
    public void leaveMmx() {
        occupied = 0;
    }

    /** The last non-control instruction: opcode of 11 bits, far pointers to it and to its memory operand. */
    public void setLastInstruction(int fop, int fcs, long fip, int fds, long fdp) {
        opcode = fop & 0x7FF;
        codeSelector = fcs & 0xFFFF;
        instructionPointer = fip;
        dataSelector = fds & 0xFFFF;
        dataPointer = fdp;
    }

    /** The last instruction had no memory operand: the pointer to the last operand stays. */
    public void setLastInstruction(int fop, int fcs, long fip) {
        setLastInstruction(fop, fcs, fip, dataSelector, dataPointer);
    }

    public int opcode() {
        return opcode;
    }

    public long instructionPointer() {
        return instructionPointer;
    }

    public long dataPointer() {
        return dataPointer;
    }

    public int codeSelector() {
        return codeSelector;
    }

    public int dataSelector() {
        return dataSelector;
    }
}
