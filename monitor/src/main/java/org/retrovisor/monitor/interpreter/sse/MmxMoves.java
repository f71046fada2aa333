package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Lanes;

import static org.retrovisor.monitor.interpreter.sse.FloatForms.LOW;

/** Moves from, to and between MMX registers, and EMMS. */
final class MmxMoves {
    private MmxMoves() {}

    static void bind(SemanticsTable t) {
        t.bind("EMMS", (cpu, i) -> {
            cpu.requireMmx();
            cpu.fpu.enterMmx();
            cpu.fpu.leaveMmx();
        });
        quadwords(t);
        generalRegisters(t);
        xmmRegisters(t);
        words(t);
    }

    private static void quadwords(SemanticsTable t) {
        t.bind("MOVQ_Pq_Qq", (cpu, i) -> {
            cpu.requireMmx();
            MmxForms.set(cpu, i.reg, MmxForms.source(cpu, i));
        });
        Semantics store = (cpu, i) -> {
            cpu.requireMmx();
            cpu.mmu.store64(cpu.linear(i), MmxForms.get(cpu, i.reg));
            cpu.fpu.enterMmx();
        };
        t.bindForms("MOVQ_Qq_Pq", (cpu, i) -> {
            cpu.requireMmx();
            MmxForms.set(cpu, i.rm, MmxForms.get(cpu, i.reg));
        }, store);
        t.bind("MOVNTQ_Mq_Pq", store);
        t.bind("MASKMOVQ_Pq_Nq_Xb", (cpu, i) -> {
            cpu.requireMmx();
            MaskedStore.store(cpu, i, 8, MmxForms.get(cpu, i.reg), 0, MmxForms.get(cpu, i.rm), 0);
            cpu.fpu.enterMmx();
        });
    }

    private static void generalRegisters(SemanticsTable t) {
        t.bind("MOVD_Pq_Ed", (cpu, i) -> {
            cpu.requireMmx();
            MmxForms.set(cpu, i.reg, i.memory ? cpu.mmu.load32(cpu.linear(i)) & LOW : cpu.gpr[i.rm] & LOW);
        });
        t.bind("MOVQ_Pq_Eq", (cpu, i) -> {
            cpu.requireMmx();
            MmxForms.set(cpu, i.reg, i.memory ? cpu.mmu.load64(cpu.linear(i)) : cpu.gpr[i.rm]);
        });
        t.bind("MOVD_Ed_Pq", (cpu, i) -> store(cpu, i, 4));
        t.bind("MOVQ_Eq_Pq", (cpu, i) -> store(cpu, i, 8));
    }

    private static void store(Processor cpu, Instruction i, int size) {
        cpu.requireMmx();
        long value = MmxForms.get(cpu, i.reg);
        if (i.memory) {
            cpu.mmu.store(cpu.linear(i), size, value);
        } else {
            cpu.set(i.rm, size, value);
        }
        cpu.fpu.enterMmx();
    }

    private static void xmmRegisters(SemanticsTable t) {
        t.bind("MOVQ2DQ_Vx_Nq", (cpu, i) -> {
            cpu.requireSse();
            cpu.requireMmx();
            cpu.xmm[2 * i.reg] = MmxForms.get(cpu, i.rm);
            cpu.xmm[2 * i.reg + 1] = 0;
            cpu.fpu.enterMmx();
        });
        t.bind("MOVDQ2Q_Pq_Uq", (cpu, i) -> {
            cpu.requireSse();
            cpu.requireMmx();
            MmxForms.set(cpu, i.reg, cpu.xmm[2 * i.rm]);
        });
    }

    private static void words(SemanticsTable t) {
        t.bind("PMOVMSKB_Gd_Nq", (cpu, i) -> {
            cpu.requireMmx();
            cpu.gpr[i.reg] = Lanes.byteSigns(MmxForms.get(cpu, i.rm));
            cpu.fpu.enterMmx();
        });
        t.bind("PEXTRW_Gd_Nq_Ib", (cpu, i) -> {
            cpu.requireMmx();
            cpu.gpr[i.reg] = MmxForms.get(cpu, i.rm) >>> 16 * (Forms.immediate(i) & 3) & 0xFFFF;
            cpu.fpu.enterMmx();
        });
        t.bind("PINSRW_Pq_Ew_Ib", (cpu, i) -> {
            cpu.requireMmx();
            long word = i.memory ? cpu.mmu.load16(cpu.linear(i)) : cpu.gpr[i.rm] & 0xFFFF;
            int bit = 16 * (Forms.immediate(i) & 3);
            MmxForms.set(cpu, i.reg, MmxForms.get(cpu, i.reg) & ~(0xFFFFL << bit) | word << bit);
        });
    }
}
