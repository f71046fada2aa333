package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

/**
 * Near jumps, calls, returns and loops. In 64-bit mode their operand size is always 64 bits (a 66 prefix is ignored, as
 * Intel does), elsewhere 16 or 32, which is also what RIP is cut to.
 */
final class Jumps {
    private Jumps() {}

    static void bind(SemanticsTable table) {
        for (Condition condition : Condition.values()) {
            ConditionSemantics semantics = Specialized.copy(ConditionSemantics.class, ConditionForms.class,
                    condition.name());
            table.bindChooser("J" + condition + "_Jb", semantics::jump);
            table.bindChooser("J" + condition + "_Jz", semantics::jump);
            table.bindChooser("SET" + condition + "_Eb", semantics::set);
            table.bindChooser("CMOV" + condition + "_Gv_Ev", semantics::move);
        }
        table.bindChooser("JMP_Jb", i -> i.operandSize == 8 ? Jumps::jumpRelative64 : Jumps::jumpRelative);
        table.bindChooser("JMP_Jz", i -> i.operandSize == 8 ? Jumps::jumpRelative64 : Jumps::jumpRelative);
        table.bindChooser("JMP_Ev", Jumps::jumpIndirect);
        table.bindChooser("CALL_Jz", i -> i.operandSize == 8 ? Jumps::callRelative64 : Jumps::callRelative);
        table.bindChooser("CALL_Ev", Jumps::callIndirect);
        table.bindChooser("RET", i -> i.operandSize == 8 ? Jumps::return64 : Jumps::returnLegacy);
        table.bindChooser("RET_Iw", i -> i.operandSize == 8 ? Jumps::returnPop64 : Jumps::returnLegacy);
        table.bind("LOOP_Jb", (cpu, i) -> loop(cpu, i, true));
        table.bind("LOOPE_Jb", (cpu, i) -> loop(cpu, i, cpu.flags.zero()));
        table.bind("LOOPNE_Jb", (cpu, i) -> loop(cpu, i, !cpu.flags.zero()));
        table.bind("JrCXZ_Jb", Jumps::jumpIfCounterZero);
    }

    /** Continues at an address, in 64-bit mode. */
    static void to64(Processor cpu, long target) {
        checkCanonical(cpu, target);
        cpu.gpr[Processor.RIP] = target;
    }

    /** Continues at an offset of the code segment, outside 64-bit mode. */
    static void toLegacy(Processor cpu, long target, int operandSize) {
        cpu.gpr[Processor.RIP] = legacyTarget(cpu, target, operandSize);
    }

    /** Continues wherever an operand of this size says. */
    static void to(Processor cpu, long target, int operandSize) {
        if (operandSize == 8) {
            to64(cpu, target);
        } else {
            toLegacy(cpu, target, operandSize);
        }
    }

    private static void checkCanonical(Processor cpu, long target) {
        if (target << 16 >> 16 != target) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    private static long legacyTarget(Processor cpu, long target, int operandSize) {
        long offset = operandSize == 2 ? target & 0xFFFF : target & 0xFFFF_FFFFL;
        if (offset > cpu.segments[Segment.CS].limit) {
            throw cpu.fault(Vector.GP, 0);
        }
        return offset;
    }

    // ---------------------------------------------------------------- jumps

    private static void jumpRelative64(Processor cpu, Instruction i) {
        to64(cpu, cpu.gpr[Processor.RIP] + i.immediate);
    }

    private static void jumpRelative(Processor cpu, Instruction i) {
        toLegacy(cpu, cpu.gpr[Processor.RIP] + i.immediate, i.operandSize);
    }

    private static Semantics jumpIndirect(Instruction chosenFor) {
        if (chosenFor.operandSize != 8) {
            return (cpu, i) -> toLegacy(cpu, operand(cpu, i), i.operandSize);
        }
        return chosenFor.memory
                ? (cpu, i) -> to64(cpu, cpu.mmu.load64(cpu.linear(i)))
                : (cpu, i) -> to64(cpu, cpu.gpr[i.rm]);
    }

    private static long operand(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load(cpu.linear(i), i.operandSize) : cpu.get(i.rm, i.operandSize);
    }

    // ---------------------------------------------------------------- calls and returns

    private static void callRelative64(Processor cpu, Instruction i) {
        call64(cpu, cpu.gpr[Processor.RIP] + i.immediate);
    }

    private static void call64(Processor cpu, long target) {
        checkCanonical(cpu, target);
        long[] gpr = cpu.gpr;
        long stack = gpr[Processor.RSP] - 8;
        cpu.mmu.store64(stack, gpr[Processor.RIP]);
        gpr[Processor.RSP] = stack;
        gpr[Processor.RIP] = target;
    }

    private static void callRelative(Processor cpu, Instruction i) {
        callLegacy(cpu, cpu.gpr[Processor.RIP] + i.immediate, i.operandSize);
    }

    private static void callLegacy(Processor cpu, long target, int operandSize) {
        long offset = legacyTarget(cpu, target, operandSize);
        cpu.push(operandSize, cpu.gpr[Processor.RIP]);
        cpu.gpr[Processor.RIP] = offset;
    }

    private static Semantics callIndirect(Instruction chosenFor) {
        if (chosenFor.operandSize != 8) {
            return (cpu, i) -> callLegacy(cpu, operand(cpu, i), i.operandSize);
        }
        return chosenFor.memory
                ? (cpu, i) -> call64(cpu, cpu.mmu.load64(cpu.linear(i)))
                : (cpu, i) -> call64(cpu, cpu.gpr[i.rm]);
    }

    private static void return64(Processor cpu, Instruction i) {
        long[] gpr = cpu.gpr;
        long target = cpu.mmu.load64(gpr[Processor.RSP]);
        checkCanonical(cpu, target);
        gpr[Processor.RSP] += 8;
        gpr[Processor.RIP] = target;
    }

    private static void returnPop64(Processor cpu, Instruction i) {
        return64(cpu, i);
        cpu.gpr[Processor.RSP] += i.immediate;
    }

    /** RET and RET imm16; without an immediate it is 0. */
    private static void returnLegacy(Processor cpu, Instruction i) {
        long target = cpu.mmu.load(cpu.stackLinear(0, i.operandSize), i.operandSize);
        toLegacy(cpu, target, i.operandSize);
        cpu.moveStack(i.operandSize + i.immediate);
    }

    // ---------------------------------------------------------------- loops

    private static void loop(Processor cpu, Instruction i, boolean condition) {
        long count = cpu.get(Processor.RCX, i.addressSize) - 1;
        if (count != 0 && condition) {
            to(cpu, cpu.gpr[Processor.RIP] + i.immediate, i.operandSize);
        }
        cpu.set(Processor.RCX, i.addressSize, count);
    }

    private static void jumpIfCounterZero(Processor cpu, Instruction i) {
        if (cpu.get(Processor.RCX, i.addressSize) == 0) {
            to(cpu, cpu.gpr[Processor.RIP] + i.immediate, i.operandSize);
        }
    }
}
