package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/**
 * Decimal arithmetic, BOUND and SALC, none of which exist in 64-bit mode. Fixed results for what the manuals leave
 * undefined: OF, and AF and CF after AAM and AAD, are 0; SF, ZF and PF after AAA and AAS follow AL.
 */
final class Decimal {
    private static final int RAX = Processor.RAX;
    private static final int TEN_CARRY = 0x106;
    private static final int LARGEST_PACKED = 0x99;

    private Decimal() {}

    static void bind(SemanticsTable table) {
        table.bind("DAA", (cpu, i) -> adjustPacked(cpu, 1));
        table.bind("DAS", (cpu, i) -> adjustPacked(cpu, -1));
        table.bind("AAA", (cpu, i) -> adjustUnpacked(cpu, 1));
        table.bind("AAS", (cpu, i) -> adjustUnpacked(cpu, -1));
        table.bind("AAM_Ib", Decimal::adjustAfterMultiplication);
        table.bind("AAD_Ib", Decimal::adjustBeforeDivision);
        table.bind("SALC", (cpu, i) -> cpu.set8(RAX, cpu.flags.carry() ? 0xFF : 0));
        table.bind("BOUND_Gv_Ma", Decimal::bound);
    }

    /** DAA and DAS: both digits of AL, the direction being that of the operation before. */
    private static void adjustPacked(Processor cpu, int direction) {
        Flags flags = cpu.flags;
        int before = cpu.get8(RAX);
        boolean low = lowDigitTooLarge(cpu);
        boolean high = before > LARGEST_PACKED || flags.carry();
        int afterLow = low ? before + 6 * direction : before;
        boolean borrow = direction < 0 && afterLow < 0;
        int result = (high ? afterLow + 0x60 * direction : afterLow) & 0xFF;
        cpu.set8(RAX, result);
        flags.setResult((byte) result);
        flags.setCarryOverflowAuxiliary(high || borrow, false, low);
    }

    /** AAA and AAS: one digit in AL, the carry into AH. */
    private static void adjustUnpacked(Processor cpu, int direction) {
        boolean adjust = lowDigitTooLarge(cpu);
        int sum = cpu.get16(RAX) + (adjust ? TEN_CARRY * direction : 0);
        cpu.set16(RAX, sum & 0xFF0F);
        cpu.flags.setResult(sum & 0x0F);
        cpu.flags.setCarryOverflowAuxiliary(adjust, false, adjust);
    }

    private static boolean lowDigitTooLarge(Processor cpu) {
        return (cpu.get8(RAX) & 0x0F) > 9 || cpu.flags.auxiliary();
    }

    private static void adjustAfterMultiplication(Processor cpu, Instruction i) {
        int base = (int) i.immediate & 0xFF;
        if (base == 0) {
            throw cpu.fault(Vector.DE);
        }
        int value = cpu.get8(RAX);
        cpu.set16(RAX, value / base << 8 | value % base);
        cpu.flags.logic((byte) (value % base));
    }

    private static void adjustBeforeDivision(Processor cpu, Instruction i) {
        int value = cpu.get8(RAX) + cpu.get8(Instruction.AH) * (int) i.immediate & 0xFF;
        cpu.set16(RAX, value);
        cpu.flags.logic((byte) value);
    }

    /** BOUND: a signed index, lower and upper bound side by side in memory. */
    private static void bound(Processor cpu, Instruction i) {
        int size = i.operandSize;
        int unused = 64 - 8 * size;
        long linear = cpu.linear(i);
        long lower = cpu.mmu.load(linear, size) << unused >> unused;
        long upper = cpu.mmu.load(linear + size, size) << unused >> unused;
        long index = cpu.gpr[i.reg] << unused >> unused;
        if (index < lower || index > upper) {
            throw cpu.fault(Vector.BR);
        }
    }
}
