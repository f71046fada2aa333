package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

/** Bitwise operations on 128 bits; the float and the integer forms do the same. */
final class Logic {
    private static final Semantics XOR_MEMORY = (cpu, i) -> {
        cpu.requireSse();
        long linear = Forms.aligned(cpu, i);
        long low = cpu.mmu.load64(linear);
        cpu.xmm[2 * i.reg + 1] ^= cpu.mmu.load64(linear + 8);
        cpu.xmm[2 * i.reg] ^= low;
    };
    private static final Semantics XOR_REGISTER = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * i.reg] ^= x[2 * i.rm];
        x[2 * i.reg + 1] ^= x[2 * i.rm + 1];
    };
    private static final Semantics OR_REGISTER = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * i.reg] |= x[2 * i.rm];
        x[2 * i.reg + 1] |= x[2 * i.rm + 1];
    };
    private static final Semantics OR_MEMORY = (cpu, i) -> {
        cpu.requireSse();
        long linear = Forms.aligned(cpu, i);
        long low = cpu.mmu.load64(linear);
        cpu.xmm[2 * i.reg + 1] |= cpu.mmu.load64(linear + 8);
        cpu.xmm[2 * i.reg] |= low;
    };
    private static final Semantics AND_REGISTER = (cpu, i) -> {
        cpu.requireSse();
        long[] x = cpu.xmm;
        x[2 * i.reg] &= x[2 * i.rm];
        x[2 * i.reg + 1] &= x[2 * i.rm + 1];
    };
    private static final Semantics AND_MEMORY = (cpu, i) -> {
        cpu.requireSse();
        long linear = Forms.aligned(cpu, i);
        long low = cpu.mmu.load64(linear);
        cpu.xmm[2 * i.reg + 1] &= cpu.mmu.load64(linear + 8);
        cpu.xmm[2 * i.reg] &= low;
    };

    private Logic() {}

    static void bind(SemanticsTable t) {
        for (String operands : new String[]{"PS_Vps_Wps", "PD_Vpd_Wpd"}) {
            t.bindForms("XOR" + operands, XOR_REGISTER, XOR_MEMORY);
            t.bindForms("OR" + operands, OR_REGISTER, OR_MEMORY);
            t.bindForms("AND" + operands, AND_REGISTER, AND_MEMORY);
            Forms.wide(t, "ANDN" + operands, Logic::andNot);
        }
        t.bindForms("PXOR_Vx_Wx", XOR_REGISTER, XOR_MEMORY);
        t.bindForms("POR_Vx_Wx", OR_REGISTER, OR_MEMORY);
        t.bindForms("PAND_Vx_Wx", AND_REGISTER, AND_MEMORY);
        Forms.wide(t, "PANDN_Vx_Wx", Logic::andNot);
        t.bind("PTEST_Vx_Wx", Logic::test);
    }

    private static void andNot(long[] x, int d, long low, long high) {
        x[d] = ~x[d] & low;
        x[d + 1] = ~x[d + 1] & high;
    }

    /** ZF: source and destination have no common bit. CF: the source has no bit that the destination lacks. */
    private static void test(Processor cpu, Instruction i) {
        cpu.requireSse();
        long[] x = cpu.xmm;
        long low;
        long high;
        if (i.memory) {
            long linear = Forms.aligned(cpu, i);
            low = cpu.mmu.load64(linear);
            high = cpu.mmu.load64(linear + 8);
        } else {
            low = x[2 * i.rm];
            high = x[2 * i.rm + 1];
        }
        int d = 2 * i.reg;
        boolean zero = (low & x[d] | high & x[d + 1]) == 0;
        boolean carry = (low & ~x[d] | high & ~x[d + 1]) == 0;
        cpu.flags.setStatus((zero ? Flags.ZF : 0) | (carry ? Flags.CF : 0));
    }
}
