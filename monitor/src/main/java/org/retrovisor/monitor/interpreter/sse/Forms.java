package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/**
 * The shapes that instructions on 128 bits come in: destination register, and a source that is a register or aligned
 * memory. The very hot instructions are written out instead, because an operation inside a form costs a second call.
 */
final class Forms {
    /** An operation on register {@code x[d]}, {@code x[d + 1]} and 128 bits of source. */
    @FunctionalInterface
    interface Wide {
        void apply(long[] x, int d, long low, long high);
    }

    /** {@link Wide} with an immediate byte, 0 to 255. */
    @FunctionalInterface
    interface WideImmediate {
        void apply(long[] x, int d, long low, long high, int immediate);
    }

    /** An operation on 64 bits of destination and source that needs nothing of the other halves. */
    @FunctionalInterface
    interface Lane {
        long apply(long destination, long source);
    }

    private Forms() {}

    /** The linear address of a 16-byte operand. */
    static long aligned(Processor cpu, Instruction i) {
        long linear = cpu.linear(i);
        if ((linear & 15) != 0) {
            throw misaligned(cpu);
        }
        return linear;
    }

    private static GuestFault misaligned(Processor cpu) {
        return cpu.fault(Vector.GP, 0);
    }

    static int immediate(Instruction i) {
        return (int) i.immediate & 0xFF;
    }

    static void wide(SemanticsTable t, String name, Wide operation) {
        t.bindForms(
                name,
                (cpu, i) -> {
                    cpu.requireSse();
                    long[] x = cpu.xmm;
                    int s = 2 * i.rm;
                    operation.apply(x, 2 * i.reg, x[s], x[s + 1]);
                },
                (cpu, i) -> {
                    cpu.requireSse();
                    long linear = aligned(cpu, i);
                    long low = cpu.mmu.load64(linear);
                    operation.apply(cpu.xmm, 2 * i.reg, low, cpu.mmu.load64(linear + 8));
                });
    }

    static void wideImmediate(SemanticsTable t, String name, WideImmediate operation) {
        t.bindForms(
                name,
                (cpu, i) -> {
                    cpu.requireSse();
                    long[] x = cpu.xmm;
                    int s = 2 * i.rm;
                    operation.apply(x, 2 * i.reg, x[s], x[s + 1], immediate(i));
                },
                (cpu, i) -> {
                    cpu.requireSse();
                    long linear = aligned(cpu, i);
                    long low = cpu.mmu.load64(linear);
                    operation.apply(cpu.xmm, 2 * i.reg, low, cpu.mmu.load64(linear + 8), immediate(i));
                });
    }

    /** Both halves by the same operation; {@code mnemonic_Vx_Wx}. */
    static void lanes(SemanticsTable t, String mnemonic, Lane operation) {
        wide(t, mnemonic + "_Vx_Wx", (x, d, low, high) -> {
            x[d] = operation.apply(x[d], low);
            x[d + 1] = operation.apply(x[d + 1], high);
        });
    }
}
