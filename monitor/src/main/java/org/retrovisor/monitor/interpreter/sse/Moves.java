package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;

/** Moves of 128 bits. */
final class Moves {
    private static final Semantics COPY = (cpu, i) -> copy(cpu, i.reg, i.rm);
    private static final Semantics COPY_BACK = (cpu, i) -> copy(cpu, i.rm, i.reg);
    private static final Semantics LOAD = (cpu, i) -> {
        cpu.requireSse();
        cpu.mmu.load128(cpu.linear(i), cpu.xmm, 2 * i.reg);
    };
    private static final Semantics STORE = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        int s = 2 * i.reg;
        cpu.mmu.store128(cpu.linear(i), x[s], x[s + 1]);
    };
    private static final Semantics LOAD_ALIGNED = (cpu, i) -> {
        cpu.requireSse();
        cpu.mmu.load128(Forms.aligned(cpu, i), cpu.xmm, 2 * i.reg);
    };
    private static final Semantics STORE_ALIGNED = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        int s = 2 * i.reg;
        cpu.mmu.store128(Forms.aligned(cpu, i), x[s], x[s + 1]);
    };

    private Moves() {}

    static void bind(SemanticsTable t) {
        unaligned(t, "MOVUPS", "Vps", "Wps");
        unaligned(t, "MOVUPD", "Vpd", "Wpd");
        unaligned(t, "MOVDQU", "Vx", "Wx");
        aligned(t, "MOVAPS", "Vps", "Wps");
        aligned(t, "MOVAPD", "Vpd", "Wpd");
        aligned(t, "MOVDQA", "Vx", "Wx");
        t.bind("LDDQU_Vx_Mx", LOAD);
        t.bind("MOVNTDQA_Vx_Mx", LOAD_ALIGNED);
        t.bind("MOVNTPS_Mps_Vps", STORE_ALIGNED);
        t.bind("MOVNTPD_Mpd_Vpd", STORE_ALIGNED);
        t.bind("MOVNTDQ_Mx_Vx", STORE_ALIGNED);
        t.bind("MASKMOVDQU_Vx_Ux_Xb", Moves::storeMasked);
    }

    private static void unaligned(SemanticsTable t, String mnemonic, String register, String either) {
        t.bindForms(mnemonic + "_" + register + "_" + either, COPY, LOAD);
        t.bindForms(mnemonic + "_" + either + "_" + register, COPY_BACK, STORE);
    }

    private static void aligned(SemanticsTable t, String mnemonic, String register, String either) {
        t.bindForms(mnemonic + "_" + register + "_" + either, COPY, LOAD_ALIGNED);
        t.bindForms(mnemonic + "_" + either + "_" + register, COPY_BACK, STORE_ALIGNED);
    }

    private static void copy(Processor cpu, int to, int from) {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * to] = x[2 * from];
        x[2 * to + 1] = x[2 * from + 1];
    }

    private static void storeMasked(Processor cpu, Instruction i) {
        cpu.requireSse();
        long[] x = cpu.xmm;
        MaskedStore.store(cpu, i, 16, x[2 * i.reg], x[2 * i.reg + 1], x[2 * i.rm], x[2 * i.rm + 1]);
    }
}
