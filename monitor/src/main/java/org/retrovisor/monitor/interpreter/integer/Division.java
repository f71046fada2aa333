package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.interpreter.SemanticsTable.bySize;

/** DIV and IDIV: #DE for a divisor of 0 and for quotients that do not fit. The flags, all undefined, stay as they are. */
final class Division {
    private static final int RAX = Processor.RAX;
    private static final int RDX = Processor.RDX;
    private static final long LOW32 = 0xFFFF_FFFFL;

    private Division() {}

    static void bind(SemanticsTable table) {
        table.bind("DIV_Eb", Division::unsigned8);
        table.bindChooser("DIV_Ev", bySize(Division::unsigned16, Division::unsigned32, Division::unsigned64));
        table.bind("IDIV_Eb", Division::signed8);
        table.bindChooser("IDIV_Ev", bySize(Division::signed16, Division::signed32, Division::signed64));
    }

    private static long operand(Processor cpu, Instruction i, int size) {
        return i.memory ? cpu.mmu.load(cpu.linear(i), size) : cpu.get(i.rm, size);
    }

    private static GuestFault divideError(Processor cpu) {
        return cpu.fault(Vector.DE);
    }

    // ---------------------------------------------------------------- DIV

    private static void unsigned8(Processor cpu, Instruction i) {
        int divisor = (int) operand(cpu, i, 1);
        int dividend = cpu.get16(RAX);
        if (divisor == 0 || dividend / divisor > 0xFF) {
            throw divideError(cpu);
        }
        cpu.set16(RAX, dividend % divisor << 8 | dividend / divisor);
    }

    private static void unsigned16(Processor cpu, Instruction i) {
        long divisor = operand(cpu, i, 2);
        long dividend = (long) cpu.get16(RDX) << 16 | cpu.get16(RAX);
        if (divisor == 0 || dividend / divisor > 0xFFFF) {
            throw divideError(cpu);
        }
        cpu.set16(RAX, (int) (dividend / divisor));
        cpu.set16(RDX, (int) (dividend % divisor));
    }

    private static void unsigned32(Processor cpu, Instruction i) {
        long divisor = operand(cpu, i, 4);
        long dividend = cpu.gpr[RDX] << 32 | cpu.gpr[RAX] & LOW32;
        if ((cpu.gpr[RDX] & LOW32) >= divisor) { // exactly then the quotient needs more than 32 bits
            throw divideError(cpu);
        }
        cpu.gpr[RAX] = Long.divideUnsigned(dividend, divisor);
        cpu.gpr[RDX] = Long.remainderUnsigned(dividend, divisor);
    }

    private static void unsigned64(Processor cpu, Instruction i) {
        long divisor = operand(cpu, i, 8);
        long high = cpu.gpr[RDX];
        long low = cpu.gpr[RAX];
        if (Long.compareUnsigned(high, divisor) >= 0) {
            throw divideError(cpu);
        }
        long quotient = high == 0 ? Long.divideUnsigned(low, divisor) : divide128(high, low, divisor);
        cpu.gpr[RAX] = quotient;
        cpu.gpr[RDX] = low - quotient * divisor;
    }

    /**
     * The quotient of a 128-bit dividend by long division in base 2^32, both digits estimated and corrected (Knuth, The
     * Art of Computer Programming, volume 2, algorithm 4.3.1 D). {@code high} is less than the divisor.
     */
    private static long divide128(long high, long low, long divisor) {
        int shift = Long.numberOfLeadingZeros(divisor);
        long d = divisor << shift;
        long upper = shift == 0 ? high : high << shift | low >>> 64 - shift;
        long lower = low << shift;
        long first = digit(upper, lower >>> 32, d);
        long rest = (upper << 32 | lower >>> 32) - first * d;
        long second = digit(rest, lower & LOW32, d);
        return first << 32 | second;
    }

    /** One digit of the quotient: {@code (upper * 2^32 + next) / divisor} for a divisor whose top bit is set. */
    private static long digit(long upper, long next, long divisor) {
        long leading = divisor >>> 32;
        long estimate = Long.divideUnsigned(upper, leading);
        long rest = upper - estimate * leading;
        while (estimate >>> 32 != 0
                || Long.compareUnsigned(estimate * (divisor & LOW32), rest << 32 | next) > 0) {
            estimate--;
            rest += leading;
            if (rest >>> 32 != 0) {
                break;
            }
        }
        return estimate;
    }

    // ---------------------------------------------------------------- IDIV

    private static void signed8(Processor cpu, Instruction i) {
        int divisor = (byte) operand(cpu, i, 1);
        int dividend = (short) cpu.get16(RAX);
        if (divisor == 0 || dividend / divisor != (byte) (dividend / divisor)) {
            throw divideError(cpu);
        }
        cpu.set16(RAX, dividend % divisor << 8 | dividend / divisor & 0xFF);
    }

    private static void signed16(Processor cpu, Instruction i) {
        long divisor = (short) operand(cpu, i, 2);
        long dividend = cpu.get16(RDX) << 16 | cpu.get16(RAX);
        if (divisor == 0 || dividend / divisor != (short) (dividend / divisor)) {
            throw divideError(cpu);
        }
        cpu.set16(RAX, (int) (dividend / divisor));
        cpu.set16(RDX, (int) (dividend % divisor));
    }

    private static void signed32(Processor cpu, Instruction i) {
        long divisor = (int) operand(cpu, i, 4);
        long dividend = cpu.gpr[RDX] << 32 | cpu.gpr[RAX] & LOW32;
        boolean tooLarge = dividend == Long.MIN_VALUE && divisor == -1; // Java's quotient wraps around here
        if (divisor == 0 || tooLarge || dividend / divisor != (int) (dividend / divisor)) {
            throw divideError(cpu);
        }
        cpu.set32(RAX, (int) (dividend / divisor));
        cpu.set32(RDX, (int) (dividend % divisor));
    }

    private static void signed64(Processor cpu, Instruction i) {
        long divisor = operand(cpu, i, 8);
        long high = cpu.gpr[RDX];
        long low = cpu.gpr[RAX];
        boolean negative = high < 0;
        long upper = negative ? ~high + (low == 0 ? 1 : 0) : high;
        long lower = negative ? -low : low;
        long magnitude = Math.abs(divisor); // of the smallest long: itself, right as an unsigned number
        if (Long.compareUnsigned(upper, magnitude) >= 0) {
            throw divideError(cpu);
        }
        long quotient = upper == 0 ? Long.divideUnsigned(lower, magnitude) : divide128(upper, lower, magnitude);
        long remainder = lower - quotient * magnitude;
        boolean negativeQuotient = negative != divisor < 0;
        if (quotient < 0 && !(negativeQuotient && quotient == Long.MIN_VALUE)) {
            throw divideError(cpu);
        }
        cpu.gpr[RAX] = negativeQuotient ? -quotient : quotient;
        cpu.gpr[RDX] = negative ? -remainder : remainder;
    }
}
