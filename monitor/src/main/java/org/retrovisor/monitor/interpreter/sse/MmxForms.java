package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;

/**
 * The shapes of MMX instructions. MMX registers are the significands of the x87 registers; REX.R and REX.B do not reach
 * them. Every instruction but EMMS sets TOP to 0 and tags all registers as in use, once nothing can fault any more.
 */
final class MmxForms {
    private MmxForms() {}

    static long get(Processor cpu, int register) {
        return cpu.fpu.mmx(register & 7);
    }

    /** The last step of an instruction with an MMX destination. */
    static void set(Processor cpu, int register, long value) {
        cpu.fpu.enterMmx();
        cpu.fpu.setMmx(register & 7, value);
    }

    /** The Q operand. */
    static long source(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load64(cpu.linear(i)) : get(cpu, i.rm);
    }

    /** {@code mnemonic_Pq_Qq}. */
    static void lanes(SemanticsTable t, String mnemonic, Forms.Lane operation) {
        t.bind(mnemonic + "_Pq_Qq", (cpu, i) -> {
            cpu.requireMmx();
            long source = source(cpu, i);
            set(cpu, i.reg, operation.apply(get(cpu, i.reg), source));
        });
    }

    /** The same operation on MMX and on XMM registers. */
    static void both(SemanticsTable t, String mnemonic, Forms.Lane operation) {
        lanes(t, mnemonic, operation);
        Forms.lanes(t, mnemonic, operation);
    }

    /** A register and an immediate byte. */
    static void immediate(SemanticsTable t, String name, Forms.Lane operation) {
        t.bind(name, (cpu, i) -> {
            cpu.requireMmx();
            set(cpu, i.rm, operation.apply(get(cpu, i.rm), Forms.immediate(i)));
        });
    }
}
