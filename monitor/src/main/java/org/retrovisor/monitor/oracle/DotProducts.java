package org.retrovisor.monitor.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.isa.Instruction;

/** The products that DPPS or DPPD adds, in so far as they are NaNs. */
final class DotProducts {
    private static final int DAZ = 1 << 6;
    private static final long LOW = 0xFFFF_FFFFL;

    private final Instruction instruction;
    private final boolean single;
    private final int halves;
    private final long[] a;
    private final long[] b;
    private final boolean denormalsAreZeros;

    private DotProducts(Instruction instruction, long[] a, long[] b, boolean denormalsAreZeros) {
        this.instruction = instruction;
        this.single = instruction.row.mnemonic().endsWith("PS");
        this.halves = instruction.wideVector ? 2 : 1;
        this.a = a;
        this.b = b;
        this.denormalsAreZeros = denormalsAreZeros;
    }

    /** Those of a case; a memory operand is still what it was before. */
    static DotProducts of(HostPages pages, Encoding encoding, CpuState before) {
        Instruction i = encoding.instruction();
        long[] a = register(before, i.row.vex() ? i.vvvv : i.reg);
        long[] b = i.memory
                ? memory(pages.at(StateMaker.address(encoding, before), i.wideVector ? 32 : 16))
                : register(before, i.rm);
        return new DotProducts(i, a, b, (before.mxcsr & DAZ) != 0);
    }

    private static long[] register(CpuState state, int number) {
        return new long[]{
            state.xmm[2 * number], state.xmm[2 * number + 1], state.ymm[2 * number], state.ymm[2 * number + 1]};
    }

    private static long[] memory(MemorySegment operand) {
        long[] words = new long[4];
        for (int n = 0; n < operand.byteSize() / 8; n++) {
            words[n] = operand.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * n);
        }
        return words;
    }

    /**
     * Where several NaNs meet in a half, the lanes that do not add in the manual's order may hold any of them: the model's is
     * put there. The lanes that do are 1 of each four single ones and 0 of two double ones.
     */
    void leaveOutNans(CpuState host, CpuState model) {
        for (int half = 0; half < halves; half++) {
            if (nans(half) > 1) {
                long[] hosts = half == 0 ? host.xmm : host.ymm;
                long[] models = half == 0 ? model.xmm : model.ymm;
                for (int lane = 0; lane < lanes(); lane++) {
                    if (lane != (single ? 1 : 0)) {
                        leaveOut(hosts, models, lane);
                    }
                }
            }
        }
    }

    private void leaveOut(long[] host, long[] model, int lane) {
        int at = 2 * instruction.reg + (single ? lane >> 1 : lane);
        int shift = single ? (lane & 1) * 32 : 0;
        long mask = single ? LOW << shift : -1L;
        if (Double.isNaN(value(host[at], shift)) && Double.isNaN(value(model[at], shift))) {
            host[at] = host[at] & ~mask | model[at] & mask;
        }
    }

    private int lanes() {
        return single ? 4 : 2;
    }

    /** How many NaNs the additions of a half meet: among the products, and as sum of infinities of either sign. */
    private int nans(int half) {
        int count = 0;
        for (int lane = 0; lane < lanes(); lane += 2) {
            double first = product(half, lane);
            double second = product(half, lane + 1);
            int own = (Double.isNaN(first) ? 1 : 0) + (Double.isNaN(second) ? 1 : 0);
            count += own == 0 && Double.isNaN(first + second) ? 1 : own;
        }
        return count;
    }

    /** A product as far as its kind goes: a NaN, an infinity or a number. */
    private double product(int half, int lane) {
        if ((instruction.immediate >> 4 + lane & 1) == 0) {
            return 0;
        }
        int at = 2 * half + (single ? lane >> 1 : lane);
        int shift = single ? (lane & 1) * 32 : 0;
        double product = operand(a[at], shift) * operand(b[at], shift);
        return single ? (float) product : product;
    }

    private double operand(long word, int shift) {
        double value = value(word, shift);
        double smallest = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        return denormalsAreZeros && Math.abs(value) < smallest ? 0 : value;
    }

    private double value(long word, int shift) {
        return single ? Float.intBitsToFloat((int) (word >>> shift)) : Double.longBitsToDouble(word);
    }
}
