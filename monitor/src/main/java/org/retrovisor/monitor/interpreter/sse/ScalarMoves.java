package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.sse.Lanes;

/** Moves of less than 128 bits, and moves between the register files. */
final class ScalarMoves {
    private static final long LOW = 0xFFFF_FFFFL;

    private static final Semantics LOAD_LOW = (cpu, i) -> {
        cpu.requireSse();
        cpu.xmm[2 * i.reg] = cpu.mmu.load64(cpu.linear(i));
    };
    private static final Semantics LOAD_HIGH = (cpu, i) -> {
        cpu.requireSse();
        cpu.xmm[2 * i.reg + 1] = cpu.mmu.load64(cpu.linear(i));
    };
    private static final Semantics LOAD_64 = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * i.reg] = cpu.mmu.load64(cpu.linear(i));
        x[2 * i.reg + 1] = 0;
    };
    private static final Semantics LOAD_32 = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * i.reg] = cpu.mmu.load32(cpu.linear(i)) & LOW;
        x[2 * i.reg + 1] = 0;
    };
    private static final Semantics STORE_LOW = (cpu, i) -> {
        cpu.requireSse();
        cpu.mmu.store64(cpu.linear(i), cpu.xmm[2 * i.reg]);
    };
    private static final Semantics STORE_HIGH = (cpu, i) -> {
        cpu.requireSse();
        cpu.mmu.store64(cpu.linear(i), cpu.xmm[2 * i.reg + 1]);
    };
    private static final Semantics STORE_32 = (cpu, i) -> {
        cpu.requireSse();
        cpu.mmu.store32(cpu.linear(i), (int) cpu.xmm[2 * i.reg]);
    };

    private ScalarMoves() {}

    static void bind(SemanticsTable t) {
        singles(t);
        doubles(t);
        halves(t);
        generalRegisters(t);
        masks(t);
        Forms.wide(t, "MOVSLDUP_Vps_Wps", (x, d, low, high) -> {
            x[d] = low & LOW | low << 32;
            x[d + 1] = high & LOW | high << 32;
        });
        Forms.wide(t, "MOVSHDUP_Vps_Wps", (x, d, low, high) -> {
            x[d] = low & ~LOW | low >>> 32;
            x[d + 1] = high & ~LOW | high >>> 32;
        });
    }

    private static void singles(SemanticsTable t) {
        t.bindForms("MOVSS_Vss_Wss", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            x[2 * i.reg] = x[2 * i.reg] & ~LOW | x[2 * i.rm] & LOW;
        }, LOAD_32);
        t.bindForms("MOVSS_Wss_Vss", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            x[2 * i.rm] = x[2 * i.rm] & ~LOW | x[2 * i.reg] & LOW;
        }, STORE_32);
    }

    private static void doubles(SemanticsTable t) {
        t.bindForms("MOVSD_Vsd_Wsd", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.reg] = cpu.xmm[2 * i.rm];
        }, LOAD_64);
        t.bindForms("MOVSD_Wsd_Vsd", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.rm] = cpu.xmm[2 * i.reg];
        }, STORE_LOW);
        t.bindForms("MOVQ_Vq_Wq", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            x[2 * i.reg] = x[2 * i.rm];
            x[2 * i.reg + 1] = 0;
        }, LOAD_64);
        t.bindForms("MOVQ_Wq_Vq", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            x[2 * i.rm] = x[2 * i.reg];
            x[2 * i.rm + 1] = 0;
        }, STORE_LOW);
        t.bindForms("MOVDDUP_Vpd_Wq", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            long value = x[2 * i.rm];
            x[2 * i.reg] = value;
            x[2 * i.reg + 1] = value;
        }, (cpu, i) -> {
            cpu.requireSse();
            long value = cpu.mmu.load64(cpu.linear(i));
            cpu.xmm[2 * i.reg] = value;
            cpu.xmm[2 * i.reg + 1] = value;
        });
    }

    private static void halves(SemanticsTable t) {
        t.bind("MOVLPS_Vq_Mq", LOAD_LOW);
        t.bind("MOVLPD_Vq_Mq", LOAD_LOW);
        t.bind("MOVHPS_Vq_Mq", LOAD_HIGH);
        t.bind("MOVHPD_Vq_Mq", LOAD_HIGH);
        t.bind("MOVLPS_Mq_Vq", STORE_LOW);
        t.bind("MOVLPD_Mq_Vq", STORE_LOW);
        t.bind("MOVHPS_Mq_Vq", STORE_HIGH);
        t.bind("MOVHPD_Mq_Vq", STORE_HIGH);
        t.bind("MOVHLPS_Vq_Uq", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.reg] = cpu.xmm[2 * i.rm + 1];
        });
        t.bind("MOVLHPS_Vq_Uq", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.reg + 1] = cpu.xmm[2 * i.rm];
        });
    }

    private static void generalRegisters(SemanticsTable t) {
        t.bindForms("MOVD_Vdq_Ed", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.reg] = cpu.gpr[i.rm] & LOW;
            cpu.xmm[2 * i.reg + 1] = 0;
        }, LOAD_32);
        t.bindForms("MOVQ_Vdq_Eq", (cpu, i) -> {
            cpu.requireSse();
            cpu.xmm[2 * i.reg] = cpu.gpr[i.rm];
            cpu.xmm[2 * i.reg + 1] = 0;
        }, LOAD_64);
        t.bindForms("MOVD_Ed_Vdq", (cpu, i) -> {
            cpu.requireSse();
            cpu.gpr[i.rm] = cpu.xmm[2 * i.reg] & LOW;
        }, STORE_32);
        t.bindForms("MOVQ_Eq_Vdq", (cpu, i) -> {
            cpu.requireSse();
            cpu.gpr[i.rm] = cpu.xmm[2 * i.reg];
        }, STORE_LOW);
    }

    private static void masks(SemanticsTable t) {
        t.bind("PMOVMSKB_Gd_Ux", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            cpu.gpr[i.reg] = Lanes.byteSigns(x[2 * i.rm]) | Lanes.byteSigns(x[2 * i.rm + 1]) << 8;
        });
        t.bind("MOVMSKPS_Gd_Ups", (cpu, i) -> {
            cpu.requireSse();
            cpu.gpr[i.reg] = signs(cpu.xmm[2 * i.rm]) | signs(cpu.xmm[2 * i.rm + 1]) << 2;
        });
        t.bind("MOVMSKPD_Gd_Upd", (cpu, i) -> {
            cpu.requireSse();
            cpu.gpr[i.reg] = cpu.xmm[2 * i.rm] >>> 63 | cpu.xmm[2 * i.rm + 1] >>> 63 << 1;
        });
    }

    private static long signs(long pair) {
        return pair >>> 31 & 1 | pair >>> 62 & 2;
    }
}
