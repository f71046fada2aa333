package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/**
 * Bit tests, bit scans, POPCNT and CRC32.
 *
 * <p>Fixed results for what the manuals leave undefined: BT and its relatives change CF only; BSF and BSR of 0 leave the
 * destination alone (all 64 bits) and all bit scans change ZF only.
 */
final class Bits {
    private Bits() {}

    static void bind(SemanticsTable table) {
        for (BitOperation operation : BitOperation.values()) {
            table.bindForms(
                    operation + "_Ev_Gv",
                    (cpu, i) -> testRegister(cpu, i, cpu.gpr[i.reg], operation),
                    (cpu, i) -> testString(cpu, i, operation));
            table.bindForms(
                    operation + "_Ev_Ib",
                    (cpu, i) -> testRegister(cpu, i, i.immediate, operation),
                    (cpu, i) -> testMemory(cpu, i, cpu.linear(i), i.immediate, operation));
        }
        table.bind("BSF_Gv_Ev", Bits::scanForward);
        table.bind("BSR_Gv_Ev", Bits::scanReverse);
        table.bind("POPCNT_Gv_Ev", Bits::countOnes);
        table.bind("CRC32_Gd_Eb", (cpu, i) -> crc(cpu, i, i.memory ? cpu.mmu.load8(cpu.linear(i)) : cpu.get8(i.rm), 1));
        table.bind("CRC32_Gd_Ev", (cpu, i) -> crc(cpu, i, operand(cpu, i), i.operandSize));
    }

    /** The E operand, zero-extended. */
    private static long operand(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load(cpu.linear(i), i.operandSize) : cpu.get(i.rm, i.operandSize);
    }

    // ---------------------------------------------------------------- BT, BTS, BTR, BTC

    private static void testRegister(Processor cpu, Instruction i, long number, BitOperation operation) {
        long mask = mask(i, number);
        long value = cpu.gpr[i.rm];
        cpu.flags.setCarry((value & mask) != 0);
        if (operation != BitOperation.BT) {
            cpu.set(i.rm, i.operandSize, operation.change(value, mask));
        }
    }

    private static long mask(Instruction i, long number) {
        return 1L << (number & i.operandSize * 8 - 1);
    }

    /** A register names any bit of a string of bits; the operand that holds it lies before or behind the address. */
    private static void testString(Processor cpu, Instruction i, BitOperation operation) {
        int unused = 64 - 8 * i.operandSize;
        long number = cpu.gpr[i.reg] << unused >> unused;
        long operands = number >> 3 + Integer.numberOfTrailingZeros(i.operandSize);
        long offset = Moves.cut(cpu.offset(i) + operands * i.operandSize, i.addressSize);
        long linear = operation == BitOperation.BT
                ? cpu.linear(i.segment, offset, i.operandSize)
                : cpu.linearForWriting(i.segment, offset, i.operandSize);
        testMemory(cpu, i, linear, number, operation);
    }

    private static void testMemory(Processor cpu, Instruction i, long linear, long number, BitOperation operation) {
        Mmu mmu = cpu.mmu;
        if (operation != BitOperation.BT) {
            mmu.checkWrite(linear, i.operandSize);
        }
        long mask = mask(i, number);
        long value = mmu.load(linear, i.operandSize);
        if (operation != BitOperation.BT) {
            mmu.store(linear, i.operandSize, operation.change(value, mask));
        }
        cpu.flags.setCarry((value & mask) != 0);
    }

    // ---------------------------------------------------------------- scans and counts

    private static void scanForward(Processor cpu, Instruction i) {
        long value = operand(cpu, i);
        cpu.flags.setZero(value == 0);
        if (value != 0) {
            cpu.set(i.reg, i.operandSize, Long.numberOfTrailingZeros(value));
        }
    }

    private static void scanReverse(Processor cpu, Instruction i) {
        long value = operand(cpu, i);
        cpu.flags.setZero(value == 0);
        if (value != 0) {
            cpu.set(i.reg, i.operandSize, 63 - Long.numberOfLeadingZeros(value));
        }
    }

    private static void countOnes(Processor cpu, Instruction i) {
        long value = operand(cpu, i);
        cpu.flags.setStatus(value == 0 ? Flags.ZF : 0);
        cpu.set(i.reg, i.operandSize, Long.bitCount(value));
    }

    // ---------------------------------------------------------------- CRC32

    /** The polynomial 11EDC6F41 (CRC-32C) with its bits reversed, as the data is. */
    private static final int POLYNOMIAL = 0x82F6_3B78;

    private static void crc(Processor cpu, Instruction i, long data, int size) {
        int crc = cpu.get32(i.reg);
        for (int n = 0; n < size; n++) {
            crc ^= (int) (data >>> 8 * n) & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ (POLYNOMIAL & -(crc & 1));
            }
        }
        cpu.set32(i.reg, crc);
    }
}
