package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

/**
 * SHLD and SHRD. A count of 0 changes no flag. Fixed results for what the manuals leave undefined: AF is 0; OF says, for
 * every count, whether the sign changed with the last bit shifted; 16-bit operands with counts above 16 shift in the
 * destination's own bits behind the source's, as if the three words destination, source, destination stood in a row.
 */
final class DoubleShifts {
    private DoubleShifts() {}

    static void bind(SemanticsTable table) {
        table.bind("SHLD_Ev_Gv_Ib", (cpu, i) -> shift(cpu, i, (int) i.immediate, true));
        table.bind("SHLD_Ev_Gv_CL", (cpu, i) -> shift(cpu, i, cpu.get8(Processor.RCX), true));
        table.bind("SHRD_Ev_Gv_Ib", (cpu, i) -> shift(cpu, i, (int) i.immediate, false));
        table.bind("SHRD_Ev_Gv_CL", (cpu, i) -> shift(cpu, i, cpu.get8(Processor.RCX), false));
    }

    private static void shift(Processor cpu, Instruction i, int unmasked, boolean left) {
        int size = i.operandSize;
        int count = unmasked & (size == 8 ? 63 : 31);
        long filler = cpu.get(i.reg, size);
        if (!i.memory) {
            cpu.set(i.rm, size, compute(cpu.flags, cpu.get(i.rm, size), filler, count, size * 8, left));
            return;
        }
        long linear = cpu.linear(i);
        cpu.mmu.checkWrite(linear, size);
        long value = cpu.mmu.load(linear, size);
        cpu.mmu.store(linear, size, compute(cpu.flags, value, filler, count, size * 8, left));
    }

    private static long compute(Flags flags, long value, long filler, int count, int bits, boolean left) {
        if (count == 0) {
            return value;
        }
        long before = left
                ? shiftedLeft(value, filler, count - 1, bits)
                : shiftedRight(value, filler, count - 1, bits);
        long result = left ? shiftedLeft(value, filler, count, bits) : shiftedRight(value, filler, count, bits);
        boolean carry = (before >>> (left ? bits - 1 : 0) & 1) != 0;
        boolean overflow = ((before ^ result) >>> bits - 1 & 1) != 0;
        flags.setResult(result << 64 - bits >> 64 - bits);
        flags.setCarryOverflowAuxiliary(carry, overflow, false);
        return result;
    }

    private static long shiftedLeft(long value, long filler, int count, int bits) {
        if (bits == 16) {
            return (value << 32 | filler << 16 | value) >>> 32 - count & 0xFFFF;
        }
        long result = count == 0 ? value : value << count | filler >>> bits - count;
        return bits == 32 ? result & 0xFFFF_FFFFL : result;
    }

    private static long shiftedRight(long value, long filler, int count, int bits) {
        if (bits == 16) {
            return (value << 32 | filler << 16 | value) >>> count & 0xFFFF;
        }
        long result = count == 0 ? value : value >>> count | filler << bits - count;
        return bits == 32 ? result & 0xFFFF_FFFFL : result;
    }
}
