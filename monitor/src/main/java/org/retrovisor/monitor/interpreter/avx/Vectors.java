package org.retrovisor.monitor.interpreter.avx;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;

/** Vectors of 256 bits as four longs, the lowest first. */
final class Vectors {
    /** What an instruction makes of its third operand and its source; both may be written over. */
    @FunctionalInterface
    interface Operation {
        /** The result; {@code first} is the H operand, or the destination before where there is none. */
        long[] apply(Processor cpu, Instruction i, long[] first, long[] source);
    }

    private Vectors() {}

    /** Binds an operation whose destination is V. */
    static void bind(SemanticsTable t, String name, Operation operation) {
        boolean third = name.contains("_H");
        t.bind(name, (cpu, i) -> {
            cpu.requireAvx();
            long[] source = source(cpu, i);
            long[] first = register(cpu, third ? i.vvvv : i.reg);
            long[] result = operation.apply(cpu, i, first, source);
            cpu.settleFloatFlags();
            set(cpu, i.reg, result, i.wideVector);
        });
    }

    static long[] register(Processor cpu, int number) {
        return new long[]{cpu.xmm[2 * number], cpu.xmm[2 * number + 1], cpu.ymm[2 * number], cpu.ymm[2 * number + 1]};
    }

    /** The W operand: as many bytes as its row says, zeros above. */
    static long[] source(Processor cpu, Instruction i) {
        return i.memory ? load(cpu, cpu.linear(i), i.accessBytes) : register(cpu, i.rm);
    }

    static long[] load(Processor cpu, long linear, int bytes) {
        long[] loaded = new long[4];
        for (int n = 0; n < 4 && 8 * n < bytes; n++) {
            loaded[n] = cpu.mmu.load(linear + 8 * n, Math.min(bytes, 8));
        }
        return loaded;
    }

    /** Stores 8, 16 or 32 bytes; all pages are checked before the first byte moves. */
    static void store(Processor cpu, long linear, long[] value, int bytes) {
        cpu.mmu.checkWrite(linear, bytes);
        for (int n = 0; 8 * n < bytes; n++) {
            cpu.mmu.store(linear + 8 * n, Math.min(bytes, 8), value[n]);
        }
    }

    /** Sets a register; its upper half becomes zero unless 256 bits are set. */
    static void set(Processor cpu, int number, long[] value, boolean wide) {
        cpu.xmm[2 * number] = value[0];
        cpu.xmm[2 * number + 1] = value[1];
        cpu.ymm[2 * number] = wide ? value[2] : 0;
        cpu.ymm[2 * number + 1] = wide ? value[3] : 0;
    }

    /** An element of {@code bits} bits, zero-extended. */
    static long element(long[] vector, int number, int bits) {
        int perLong = 64 / bits;
        long whole = vector[number / perLong] >>> number % perLong * bits;
        return bits == 64 ? whole : whole & (1L << bits) - 1;
    }

    static void setElement(long[] vector, int number, int bits, long value) {
        int perLong = 64 / bits;
        int shift = number % perLong * bits;
        long mask = (bits == 64 ? -1L : (1L << bits) - 1) << shift;
        vector[number / perLong] = vector[number / perLong] & ~mask | value << shift & mask;
    }

    /** How many elements of {@code bits} bits the instruction's vectors have. */
    static int count(Instruction i, int bits) {
        return (i.wideVector ? 256 : 128) / bits;
    }
}
