package org.retrovisor.monitor.interpreter.integer;

import java.util.function.LongBinaryOperator;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** LZCNT, TZCNT, BMI1 and BMI2. Operands are zero-extended; flags that the manuals leave undefined stay unchanged. */
final class BitManipulation {
    private static final int CF_ZF = Flags.CF | Flags.ZF;
    private static final int ALL_BUT_AF_PF = Flags.CF | Flags.ZF | Flags.SF | Flags.OF;

    /** A result, and which flags have a meaning for it. */
    @FunctionalInterface
    private interface WithFlags {
        long apply(Processor cpu, Instruction i, long source);
    }

    private BitManipulation() {}

    static void bind(SemanticsTable t) {
        count(t, "LZCNT_Gv_Ev", true);
        count(t, "TZCNT_Gv_Ev", false);
        bind(t, "ANDN_Gy_By_Ey", (cpu, i, source) -> {
            long result = ~operand(cpu, i) & source;
            flags(cpu, i, result, false);
            return result;
        });
        bind(t, "BLSI_By_Ey", (cpu, i, source) -> lowest(cpu, i, source & -source, source != 0));
        bind(t, "BLSMSK_By_Ey", (cpu, i, source) -> lowest(cpu, i, source ^ source - 1, source == 0));
        bind(t, "BLSR_By_Ey", (cpu, i, source) -> lowest(cpu, i, source & source - 1, source == 0));
        bind(t, "BEXTR_Gy_Ey_By", BitManipulation::extract);
        bind(t, "BZHI_Gy_Ey_By", BitManipulation::zeroHigh);
        bind(t, "MULX_Gy_By_Ey", BitManipulation::multiply);
        bind(t, "PDEP_Gy_By_Ey", (cpu, i, source) -> Long.expand(operand(cpu, i), source));
        bind(t, "PEXT_Gy_By_Ey", (cpu, i, source) -> Long.compress(operand(cpu, i), source));
        bind(t, "RORX_Gy_Ey_Ib", (cpu, i, source) -> i.wide
                ? Long.rotateRight(source, (int) i.immediate)
                : Integer.rotateRight((int) source, (int) i.immediate));
        shift(t, "SARX_Gy_Ey_By", (a, n) -> a >> n, (a, n) -> (int) a >> n);
        shift(t, "SHLX_Gy_Ey_By", (a, n) -> a << n, (a, n) -> (int) a << n);
        shift(t, "SHRX_Gy_Ey_By", (a, n) -> a >>> n, (a, n) -> (int) a >>> n);
    }

    /** The destination is G, or B where the row says so; a VEX instruction outside protected mode is undefined. */
    private static void bind(SemanticsTable t, String name, WithFlags operation) {
        boolean intoB = name.contains("_By_Ey") && !name.contains("_Gy");
        t.bind(name, (cpu, i) -> {
            if (!cpu.protectedMode() || cpu.virtual8086()) {
                throw cpu.fault(Vector.UD);
            }
            long result = operation.apply(cpu, i, source(cpu, i, i.wide ? 8 : 4));
            cpu.set(intoB ? i.vvvv : i.reg, i.wide ? 8 : 4, result);
        });
    }

    private static long source(Processor cpu, Instruction i, int size) {
        return i.memory ? cpu.mmu.load(cpu.linear(i), size) : cpu.get(i.rm, size);
    }

    /** The operand that VEX.vvvv names. */
    private static long operand(Processor cpu, Instruction i) {
        return cpu.get(i.vvvv, i.wide ? 8 : 4);
    }

    // ---------------------------------------------------------------- flags

    private static void set(Processor cpu, int mask, int values) {
        cpu.flags.setStatus(cpu.flags.status() & ~mask | values);
    }

    private static void flags(Processor cpu, Instruction i, long result, boolean carry) {
        long positioned = i.wide ? result : result << 32;
        set(cpu, ALL_BUT_AF_PF, (carry ? Flags.CF : 0) | (positioned == 0 ? Flags.ZF : 0)
                | (positioned < 0 ? Flags.SF : 0));
    }

    private static long lowest(Processor cpu, Instruction i, long result, boolean carry) {
        flags(cpu, i, result, carry);
        return result;
    }

    // ---------------------------------------------------------------- counts

    private static void count(SemanticsTable t, String name, boolean leading) {
        Semantics counting = (cpu, i) -> {
            int bits = 8 * i.operandSize;
            long source = source(cpu, i, i.operandSize);
            int zeros = leading ? Long.numberOfLeadingZeros(source) - (64 - bits) : Long.numberOfTrailingZeros(source);
            int result = Math.min(zeros, bits);
            set(cpu, CF_ZF, (source == 0 ? Flags.CF : 0) | (result == 0 ? Flags.ZF : 0));
            cpu.set(i.reg, i.operandSize, result);
        };
        t.bind(name, counting);
    }

    // ---------------------------------------------------------------- fields

    private static long extract(Processor cpu, Instruction i, long source) {
        long control = cpu.gpr[i.vvvv];
        int start = (int) control & 0xFF;
        int length = (int) control >> 8 & 0xFF;
        long shifted = start > 63 ? 0 : source >>> start;
        long result = length > 63 ? shifted : shifted & (1L << length) - 1;
        set(cpu, Flags.ZF | Flags.CF | Flags.OF, result == 0 ? Flags.ZF : 0);
        return result;
    }

    private static long zeroHigh(Processor cpu, Instruction i, long source) {
        int from = (int) cpu.gpr[i.vvvv] & 0xFF;
        boolean beyond = from >= (i.wide ? 64 : 32);
        long result = beyond ? source : source & (1L << from) - 1;
        flags(cpu, i, result, beyond);
        return result;
    }

    /** The low half goes to B first, so that the high half stays when both name one register. */
    private static long multiply(Processor cpu, Instruction i, long source) {
        long factor = cpu.get(Processor.RDX, i.wide ? 8 : 4);
        cpu.set(i.vvvv, i.wide ? 8 : 4, factor * source);
        return i.wide ? Math.unsignedMultiplyHigh(factor, source) : factor * source >>> 32;
    }

    private static void shift(SemanticsTable t, String name, LongBinaryOperator wide, LongBinaryOperator narrow) {
        bind(t, name, (cpu, i, source) -> i.wide
                ? wide.applyAsLong(source, cpu.gpr[i.vvvv] & 63)
                : narrow.applyAsLong(source, cpu.gpr[i.vvvv] & 31));
    }
}
