package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;

import static org.retrovisor.monitor.interpreter.SemanticsTable.bySize;

/** MUL and IMUL. SF, ZF, AF and PF, undefined in the manuals, stay as they are. */
final class Multiplication {
    private static final int RAX = Processor.RAX;
    private static final int RDX = Processor.RDX;
    private static final long LOW32 = 0xFFFF_FFFFL;

    private Multiplication() {}

    static void bind(SemanticsTable table) {
        table.bind("MUL_Eb", Multiplication::unsigned8);
        table.bindChooser(
                "MUL_Ev", bySize(Multiplication::unsigned16, Multiplication::unsigned32, Multiplication::unsigned64));
        table.bind("IMUL_Eb", Multiplication::signed8);
        table.bindChooser(
                "IMUL_Ev", bySize(Multiplication::signed16, Multiplication::signed32, Multiplication::signed64));
        table.bindChooser(
                "IMUL_Gv_Ev",
                bySize(
                        (cpu, i) -> truncated16(cpu, i, (short) cpu.gpr[i.reg]),
                        (cpu, i) -> truncated32(cpu, i, (int) cpu.gpr[i.reg]),
                        (cpu, i) -> truncated64(cpu, i, cpu.gpr[i.reg])));
        for (String name : new String[]{"IMUL_Gv_Ev_Ib", "IMUL_Gv_Ev_Iz"}) {
            table.bindChooser(
                    name,
                    bySize(
                            (cpu, i) -> truncated16(cpu, i, (int) i.immediate),
                            (cpu, i) -> truncated32(cpu, i, (int) i.immediate),
                            (cpu, i) -> truncated64(cpu, i, i.immediate)));
        }
    }

    private static int operand8(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load8(cpu.linear(i)) : cpu.get8(i.rm);
    }

    private static int operand16(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load16(cpu.linear(i)) : cpu.get16(i.rm);
    }

    private static int operand32(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load32(cpu.linear(i)) : (int) cpu.gpr[i.rm];
    }

    private static long operand64(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load64(cpu.linear(i)) : cpu.gpr[i.rm];
    }

    // ---------------------------------------------------------------- MUL: CF and OF say that the upper half is not 0

    private static void unsigned8(Processor cpu, Instruction i) {
        int product = cpu.get8(RAX) * operand8(cpu, i);
        cpu.set16(RAX, product);
        overflow(cpu, product >>> 8 != 0);
    }

    private static void unsigned16(Processor cpu, Instruction i) {
        int product = cpu.get16(RAX) * operand16(cpu, i);
        cpu.set16(RAX, product);
        cpu.set16(RDX, product >>> 16);
        overflow(cpu, product >>> 16 != 0);
    }

    private static void unsigned32(Processor cpu, Instruction i) {
        long product = (cpu.gpr[RAX] & LOW32) * (operand32(cpu, i) & LOW32);
        cpu.gpr[RAX] = product & LOW32;
        cpu.gpr[RDX] = product >>> 32;
        overflow(cpu, product >>> 32 != 0);
    }

    private static void unsigned64(Processor cpu, Instruction i) {
        long a = cpu.gpr[RAX];
        long b = operand64(cpu, i);
        long high = Math.unsignedMultiplyHigh(a, b);
        cpu.gpr[RAX] = a * b;
        cpu.gpr[RDX] = high;
        overflow(cpu, high != 0);
    }

    // ---------------------------------------------------------------- IMUL: ... that it is more than the sign

    private static void signed8(Processor cpu, Instruction i) {
        int product = (byte) cpu.get8(RAX) * (byte) operand8(cpu, i);
        cpu.set16(RAX, product);
        overflow(cpu, product != (byte) product);
    }

    private static void signed16(Processor cpu, Instruction i) {
        int product = (short) cpu.get16(RAX) * (short) operand16(cpu, i);
        cpu.set16(RAX, product);
        cpu.set16(RDX, product >>> 16);
        overflow(cpu, product != (short) product);
    }

    private static void signed32(Processor cpu, Instruction i) {
        long product = (long) (int) cpu.gpr[RAX] * operand32(cpu, i);
        cpu.gpr[RAX] = product & LOW32;
        cpu.gpr[RDX] = product >>> 32;
        overflow(cpu, product != (int) product);
    }

    private static void signed64(Processor cpu, Instruction i) {
        long a = cpu.gpr[RAX];
        long b = operand64(cpu, i);
        long high = Math.multiplyHigh(a, b);
        cpu.gpr[RAX] = a * b;
        cpu.gpr[RDX] = high;
        overflow(cpu, high != a * b >> 63);
    }

    private static void truncated16(Processor cpu, Instruction i, int factor) {
        int product = (short) operand16(cpu, i) * factor;
        cpu.set16(i.reg, product);
        overflow(cpu, product != (short) product);
    }

    private static void truncated32(Processor cpu, Instruction i, int factor) {
        long product = (long) operand32(cpu, i) * factor;
        cpu.gpr[i.reg] = product & LOW32;
        overflow(cpu, product != (int) product);
    }

    private static void truncated64(Processor cpu, Instruction i, long factor) {
        long operand = operand64(cpu, i);
        long product = operand * factor;
        cpu.gpr[i.reg] = product;
        overflow(cpu, Math.multiplyHigh(operand, factor) != product >> 63);
    }

    private static void overflow(Processor cpu, boolean happened) {
        cpu.flags.setCarryOverflow(happened, happened);
    }
}
