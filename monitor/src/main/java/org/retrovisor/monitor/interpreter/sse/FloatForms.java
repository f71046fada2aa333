package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.FloatUnit;

/**
 * The shapes of floating-point instructions: packed and scalar, single and double. The flags of all lanes are settled
 * before the destination changes.
 */
final class FloatForms {
    static final long LOW = 0xFFFF_FFFFL;

    /** An operation on one lane of destination and source. */
    @FunctionalInterface
    interface Binary {
        long apply(FloatUnit unit, int mxcsr, long destination, long source);
    }

    /** An operation on one lane of the source alone. */
    @FunctionalInterface
    interface Unary {
        long apply(FloatUnit unit, int mxcsr, long source);
    }

    /** {@link Binary} with an immediate byte. */
    @FunctionalInterface
    interface BinaryImmediate {
        long apply(FloatUnit unit, int mxcsr, long destination, long source, int immediate);
    }

    /** What an instruction does to register {@code x[d]} with its source: 128 bits, or one lane in {@code low}. */
    @FunctionalInterface
    interface Operation {
        void apply(Processor cpu, int d, long low, long high, int immediate);
    }

    private FloatForms() {}

    // ---------------------------------------------------------------- sources

    /** A source of 128 bits, aligned in memory. */
    static void packed(SemanticsTable t, String name, Operation operation) {
        t.bindForms(
                name,
                (cpu, i) -> {
                    cpu.requireSse();
                    long[] x = cpu.xmm;
                    operation.apply(cpu, 2 * i.reg, x[2 * i.rm], x[2 * i.rm + 1], Forms.immediate(i));
                },
                (cpu, i) -> {
                    cpu.requireSse();
                    long linear = Forms.aligned(cpu, i);
                    long low = cpu.mmu.load64(linear);
                    operation.apply(cpu, 2 * i.reg, low, cpu.mmu.load64(linear + 8), Forms.immediate(i));
                });
    }

    /** A source of 64 bits. */
    static void doubleword(SemanticsTable t, String name, Operation operation) {
        t.bindForms(
                name,
                (cpu, i) -> {
                    cpu.requireSse();
                    operation.apply(cpu, 2 * i.reg, cpu.xmm[2 * i.rm], 0, Forms.immediate(i));
                },
                (cpu, i) -> {
                    cpu.requireSse();
                    operation.apply(cpu, 2 * i.reg, cpu.mmu.load64(cpu.linear(i)), 0, Forms.immediate(i));
                });
    }

    /** A source of 32 bits. */
    static void word(SemanticsTable t, String name, Operation operation) {
        t.bindForms(
                name,
                (cpu, i) -> {
                    cpu.requireSse();
                    operation.apply(cpu, 2 * i.reg, cpu.xmm[2 * i.rm] & LOW, 0, Forms.immediate(i));
                },
                (cpu, i) -> {
                    cpu.requireSse();
                    operation.apply(cpu, 2 * i.reg, cpu.mmu.load32(cpu.linear(i)) & LOW, 0, Forms.immediate(i));
                });
    }

    // ---------------------------------------------------------------- two operands

    /** The four forms of one operation. */
    static void binary(SemanticsTable t, String mnemonic, Binary single, Binary real) {
        packedSingle(t, mnemonic + "PS_Vps_Wps", single);
        packedDouble(t, mnemonic + "PD_Vpd_Wpd", real);
        word(t, mnemonic + "SS_Vss_Wss", (cpu, d, low, high, n) -> scalarSingle(cpu, d, low, single));
        doubleword(t, mnemonic + "SD_Vsd_Wsd", (cpu, d, low, high, n) -> scalarDouble(cpu, d, low, real));
    }

    static void packedSingle(SemanticsTable t, String name, Binary op) {
        packed(t, name, (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long first = pair(cpu, op, x[d], low);
            long second = pair(cpu, op, x[d + 1], high);
            commit(cpu, d, first, second);
        });
    }

    static void packedDouble(SemanticsTable t, String name, Binary op) {
        packed(t, name, (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long first = op.apply(cpu.floats, cpu.mxcsr, x[d], low);
            long second = op.apply(cpu.floats, cpu.mxcsr, x[d + 1], high);
            commit(cpu, d, first, second);
        });
    }

    static void scalarSingle(Processor cpu, int d, long source, Binary op) {
        long[] x = cpu.xmm;
        long result = op.apply(cpu.floats, cpu.mxcsr, x[d] & LOW, source);
        cpu.settleFloatFlags();
        x[d] = x[d] & ~LOW | result;
    }

    static void scalarDouble(Processor cpu, int d, long source, Binary op) {
        long[] x = cpu.xmm;
        long result = op.apply(cpu.floats, cpu.mxcsr, x[d], source);
        cpu.settleFloatFlags();
        x[d] = result;
    }

    /** Two single lanes side by side. */
    static long pair(Processor cpu, Binary op, long destination, long source) {
        long low = op.apply(cpu.floats, cpu.mxcsr, destination & LOW, source & LOW);
        return low | op.apply(cpu.floats, cpu.mxcsr, destination >>> 32, source >>> 32) << 32;
    }

    // ---------------------------------------------------------------- one operand

    /** The two single forms of an operation on the source alone. */
    static void unarySingle(SemanticsTable t, String mnemonic, Unary op) {
        packedSingle(t, mnemonic + "PS_Vps_Wps", ignoringDestination(op));
        word(
                t,
                mnemonic + "SS_Vss_Wss",
                (cpu, d, low, high, n) -> scalarSingle(cpu, d, low, ignoringDestination(op)));
    }

    /** The two double forms of an operation on the source alone. */
    static void unaryDouble(SemanticsTable t, String mnemonic, Unary op) {
        Binary binary = ignoringDestination(op);
        packedDouble(t, mnemonic + "PD_Vpd_Wpd", binary);
        doubleword(t, mnemonic + "SD_Vsd_Wsd", (cpu, d, low, high, n) -> scalarDouble(cpu, d, low, binary));
    }

    private static Binary ignoringDestination(Unary op) {
        return (unit, mxcsr, destination, source) -> op.apply(unit, mxcsr, source);
    }

    // ---------------------------------------------------------------- immediates

    /** The four forms of an operation with an immediate. */
    static void binaryImmediate(SemanticsTable t, String mnemonic, BinaryImmediate single, BinaryImmediate real) {
        packed(t, mnemonic + "PS_Vps_Wps_Ib", (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long first = pair(cpu, single, x[d], low, n);
            long second = pair(cpu, single, x[d + 1], high, n);
            commit(cpu, d, first, second);
        });
        packed(t, mnemonic + "PD_Vpd_Wpd_Ib", (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long first = real.apply(cpu.floats, cpu.mxcsr, x[d], low, n);
            long second = real.apply(cpu.floats, cpu.mxcsr, x[d + 1], high, n);
            commit(cpu, d, first, second);
        });
        word(t, mnemonic + "SS_Vss_Wss_Ib", (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long result = single.apply(cpu.floats, cpu.mxcsr, x[d] & LOW, low, n);
            cpu.settleFloatFlags();
            x[d] = x[d] & ~LOW | result;
        });
        doubleword(t, mnemonic + "SD_Vsd_Wsd_Ib", (cpu, d, low, high, n) -> {
            long result = real.apply(cpu.floats, cpu.mxcsr, cpu.xmm[d], low, n);
            cpu.settleFloatFlags();
            cpu.xmm[d] = result;
        });
    }

    private static long pair(Processor cpu, BinaryImmediate op, long destination, long source, int immediate) {
        long low = op.apply(cpu.floats, cpu.mxcsr, destination & LOW, source & LOW, immediate);
        return low | op.apply(cpu.floats, cpu.mxcsr, destination >>> 32, source >>> 32, immediate) << 32;
    }

    /** Settles the flags, then writes the destination. */
    static void commit(Processor cpu, int d, long low, long high) {
        cpu.settleFloatFlags();
        cpu.xmm[d] = low;
        cpu.xmm[d + 1] = high;
    }
}
