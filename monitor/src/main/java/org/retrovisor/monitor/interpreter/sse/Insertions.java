package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Shuffles;

/** One lane in or out: PINSR, PEXTR, INSERTPS, EXTRACTPS. */
final class Insertions {
    private Insertions() {}

    static void bind(SemanticsTable t) {
        t.bind("PINSRB_Vdq_Rd_Ib", insert(1));
        t.bind("PINSRB_Vdq_Mb_Ib", insert(1));
        t.bind("PINSRW_Vdq_Ew_Ib", insert(2));
        t.bind("PINSRD_Vdq_Ed_Ib", insert(4));
        t.bind("PINSRQ_Vdq_Eq_Ib", insert(8));
        t.bind("PEXTRB_Rd_Vdq_Ib", extract(1));
        t.bind("PEXTRB_Mb_Vdq_Ib", extract(1));
        t.bind("PEXTRW_Rd_Vdq_Ib", extract(2));
        t.bind("PEXTRW_Mw_Vdq_Ib", extract(2));
        t.bind("PEXTRD_Ed_Vdq_Ib", extract(4));
        t.bind("PEXTRQ_Eq_Vdq_Ib", extract(8));
        t.bind("EXTRACTPS_Ed_Vdq_Ib", extract(4));
        t.bind("PEXTRW_Gd_Udq_Ib", (cpu, i) -> {
            cpu.requireSse();
            cpu.gpr[i.reg] = lane(cpu, i.rm, Forms.immediate(i) & 7, 2);
        });
        t.bind("INSERTPS_Vdq_Udq_Ib", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            insertSingle(cpu, i, Shuffles.doubleword(x[2 * i.rm], x[2 * i.rm + 1], Forms.immediate(i) >> 6));
        });
        t.bind("INSERTPS_Vdq_Md_Ib", (cpu, i) -> {
            cpu.requireSse();
            insertSingle(cpu, i, cpu.mmu.load32(cpu.linear(i)) & 0xFFFF_FFFFL);
        });
    }

    private static Semantics insert(int size) {
        return (cpu, i) -> {
            cpu.requireSse();
            long value = i.memory ? cpu.mmu.load(cpu.linear(i), size) : cpu.gpr[i.rm] & mask(size);
            setLane(cpu, i.reg, Forms.immediate(i) & 16 / size - 1, size, value);
        };
    }

    private static Semantics extract(int size) {
        return (cpu, i) -> {
            cpu.requireSse();
            long value = lane(cpu, i.reg, Forms.immediate(i) & 16 / size - 1, size);
            if (i.memory) {
                cpu.mmu.store(cpu.linear(i), size, value);
            } else {
                cpu.gpr[i.rm] = value;
            }
        };
    }

    /** Bits 5 and 4 choose the destination's lane; bits 3 to 0 clear lanes afterwards. */
    private static void insertSingle(Processor cpu, Instruction i, long value) {
        int immediate = Forms.immediate(i);
        setLane(cpu, i.reg, immediate >> 4 & 3, 4, value);
        cpu.xmm[2 * i.reg] &= ~Shuffles.lanesOf(immediate, 32);
        cpu.xmm[2 * i.reg + 1] &= ~Shuffles.lanesOf(immediate >> 2, 32);
    }

    private static long mask(int size) {
        return -1L >>> 64 - 8 * size;
    }

    private static long lane(Processor cpu, int register, int lane, int size) {
        int bit = 8 * size * lane;
        return cpu.xmm[2 * register + (bit >> 6)] >>> bit & mask(size);
    }

    private static void setLane(Processor cpu, int register, int lane, int size, long value) {
        int bit = 8 * size * lane;
        int half = 2 * register + (bit >> 6);
        cpu.xmm[half] = cpu.xmm[half] & ~(mask(size) << bit) | value << bit;
    }
}
