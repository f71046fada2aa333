package org.retrovisor.monitor.interpreter.avx;

import java.util.Arrays;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** Whole vectors to and from memory, masks, and the instructions that clear. */
final class VectorMoves {
    private VectorMoves() {}

    static void bind(SemanticsTable t) {
        for (String name : new String[]{"VMOVUPS", "VMOVUPD", "VMOVAPS", "VMOVAPD"}) {
            String size = name.endsWith("S") ? "ps" : "pd";
            boolean aligned = name.startsWith("VMOVA");
            load(t, name + "_V" + size + "_W" + size, aligned);
            store(t, name + "_W" + size + "_V" + size, aligned);
        }
        load(t, "VMOVDQA_Vx_Wx", true);
        store(t, "VMOVDQA_Wx_Vx", true);
        load(t, "VMOVDQU_Vx_Wx", false);
        store(t, "VMOVDQU_Wx_Vx", false);
        load(t, "VLDDQU_Vx_Mx", false);
        load(t, "VMOVNTDQA_Vx_Mx", true);
        store(t, "VMOVNTPS_Mps_Vps", true);
        store(t, "VMOVNTPD_Mpd_Vpd", true);
        store(t, "VMOVNTDQ_Mx_Vx", true);
        t.bind("VMOVSS_Uss_Hss_Vss", (cpu, i) -> scalar(cpu, i, 0xFFFF_FFFFL));
        t.bind("VMOVSD_Usd_Hsd_Vsd", (cpu, i) -> scalar(cpu, i, -1));
        t.bind("VMOVQ_Uq_Vq", (cpu, i) -> {
            cpu.requireAvx();
            Vectors.set(cpu, i.rm, new long[]{cpu.xmm[2 * i.reg], 0, 0, 0}, false);
        });
        t.bind("VMOVMSKPS_Gd_Ups", signs(32));
        t.bind("VMOVMSKPD_Gd_Upd", signs(64));
        t.bind("VPMOVMSKB_Gd_Ux", signs(8));
        t.bind("VZEROUPPER", (cpu, i) -> clear(cpu, cpu.ymm));
        t.bind("VZEROALL", (cpu, i) -> {
            clear(cpu, cpu.ymm);
            clear(cpu, cpu.xmm);
        });
    }

    private static void clear(Processor cpu, long[] registers) {
        cpu.requireAvx();
        Arrays.fill(registers, 0, cpu.mode64() ? 32 : 16, 0);
    }

    private static long address(Processor cpu, Instruction i, boolean aligned) {
        long linear = cpu.linear(i);
        if (aligned && (linear & i.accessBytes - 1) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        return linear;
    }

    private static void load(SemanticsTable t, String name, boolean aligned) {
        t.bind(name, (cpu, i) -> {
            cpu.requireAvx();
            long[] value = i.memory
                    ? Vectors.load(cpu, address(cpu, i, aligned), i.accessBytes)
                    : Vectors.register(cpu, i.rm);
            Vectors.set(cpu, i.reg, value, i.wideVector);
        });
    }

    private static void store(SemanticsTable t, String name, boolean aligned) {
        t.bind(name, (cpu, i) -> {
            cpu.requireAvx();
            long[] value = Vectors.register(cpu, i.reg);
            if (i.memory) {
                Vectors.store(cpu, address(cpu, i, aligned), value, i.accessBytes);
            } else {
                Vectors.set(cpu, i.rm, value, i.wideVector);
            }
        });
    }

    /** The low element of V in the vector H. */
    private static void scalar(Processor cpu, Instruction i, long mask) {
        cpu.requireAvx();
        long[] value = Vectors.register(cpu, i.vvvv);
        value[0] = value[0] & ~mask | cpu.xmm[2 * i.reg] & mask;
        Vectors.set(cpu, i.rm, value, false);
    }

    private static Semantics signs(int bits) {
        return (cpu, i) -> {
            cpu.requireAvx();
            long[] value = Vectors.register(cpu, i.rm);
            long signs = 0;
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                signs |= Vectors.element(value, n, bits) >>> bits - 1 << n;
            }
            cpu.gpr[i.reg] = signs;
        };
    }
}
