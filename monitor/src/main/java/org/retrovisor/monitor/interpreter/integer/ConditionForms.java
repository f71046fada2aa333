package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/** Template (see {@link Specialized}): Jcc, SETcc and CMOVcc of one condition. */
final class ConditionForms implements ConditionSemantics {
    private static final Condition CONDITION = Condition.valueOf(Specialized.operation(ConditionForms.class));
    private static final long LOW32 = 0xFFFF_FFFFL;

    ConditionForms() {}

    @Override
    public Semantics jump(Instruction i) {
        return i.operandSize == 8 ? ConditionForms::jump64 : ConditionForms::jumpLegacy;
    }

    @Override
    public Semantics set(Instruction i) {
        return i.memory ? ConditionForms::setMemory : ConditionForms::setRegister;
    }

    @Override
    public Semantics move(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? ConditionForms::movem16 : ConditionForms::mover16;
            case 4 -> i.memory ? ConditionForms::movem32 : ConditionForms::mover32;
            default -> i.memory ? ConditionForms::movem64 : ConditionForms::mover64;
        };
    }

    private static void jump64(Processor cpu, Instruction i) {
        if (CONDITION.holds(cpu.flags)) {
            Jumps.to64(cpu, cpu.gpr[Processor.RIP] + i.immediate);
        }
    }

    private static void jumpLegacy(Processor cpu, Instruction i) {
        if (CONDITION.holds(cpu.flags)) {
            Jumps.toLegacy(cpu, cpu.gpr[Processor.RIP] + i.immediate, i.operandSize);
        }
    }

    private static void setRegister(Processor cpu, Instruction i) {
        cpu.set8(i.rm, CONDITION.holds(cpu.flags) ? 1 : 0);
    }

    private static void setMemory(Processor cpu, Instruction i) {
        cpu.mmu.store8(cpu.linear(i), CONDITION.holds(cpu.flags) ? 1 : 0);
    }

    // CMOVcc reads its source in any case, and clears the upper half of a 32-bit destination in any case

    private static void mover16(Processor cpu, Instruction i) {
        if (CONDITION.holds(cpu.flags)) {
            cpu.set16(i.reg, cpu.get16(i.rm));
        }
    }

    private static void mover32(Processor cpu, Instruction i) {
        cpu.gpr[i.reg] = (CONDITION.holds(cpu.flags) ? cpu.gpr[i.rm] : cpu.gpr[i.reg]) & LOW32;
    }

    private static void mover64(Processor cpu, Instruction i) {
        if (CONDITION.holds(cpu.flags)) {
            cpu.gpr[i.reg] = cpu.gpr[i.rm];
        }
    }

    private static void movem16(Processor cpu, Instruction i) {
        int value = cpu.mmu.load16(cpu.linear(i));
        if (CONDITION.holds(cpu.flags)) {
            cpu.set16(i.reg, value);
        }
    }

    private static void movem32(Processor cpu, Instruction i) {
        Mmu mmu = cpu.mmu;
        int value = mmu.load32(cpu.linear(i));
        cpu.gpr[i.reg] = (CONDITION.holds(cpu.flags) ? value : cpu.gpr[i.reg]) & LOW32;
    }

    private static void movem64(Processor cpu, Instruction i) {
        long value = cpu.mmu.load64(cpu.linear(i));
        if (CONDITION.holds(cpu.flags)) {
            cpu.gpr[i.reg] = value;
        }
    }
}
