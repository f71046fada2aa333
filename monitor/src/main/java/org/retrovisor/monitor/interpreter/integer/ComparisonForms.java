package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;

/**
 * Template (see {@link Specialized}): an operation of which only the flags are wanted, for CMP and TEST. Named as in
 * {@link OperationForms}.
 */
final class ComparisonForms implements Forms {
    private static final Operation OP = Operations.named(Specialized.operation(ComparisonForms.class));

    ComparisonForms() {}

    @Override
    public Semantics eg8(Instruction i) {
        return i.memory ? ComparisonForms::mg8 : ComparisonForms::rg8;
    }

    @Override
    public Semantics eg(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? ComparisonForms::mg16 : ComparisonForms::rg16;
            case 4 -> i.memory ? ComparisonForms::mg32 : ComparisonForms::rg32;
            default -> i.memory ? ComparisonForms::mg64 : ComparisonForms::rg64;
        };
    }

    @Override
    public Semantics ge8(Instruction i) {
        return i.memory ? ComparisonForms::gm8 : ComparisonForms::gr8;
    }

    @Override
    public Semantics ge(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? ComparisonForms::gm16 : ComparisonForms::gr16;
            case 4 -> i.memory ? ComparisonForms::gm32 : ComparisonForms::gr32;
            default -> i.memory ? ComparisonForms::gm64 : ComparisonForms::gr64;
        };
    }

    @Override
    public Semantics ei8(Instruction i) {
        return i.memory ? ComparisonForms::mi8 : ComparisonForms::ri8;
    }

    @Override
    public Semantics ei(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? ComparisonForms::mi16 : ComparisonForms::ri16;
            case 4 -> i.memory ? ComparisonForms::mi32 : ComparisonForms::ri32;
            default -> i.memory ? ComparisonForms::mi64 : ComparisonForms::ri64;
        };
    }

    // ---------------------------------------------------------------- register, register

    private static void rg8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.get8(i.rm), cpu.get8(i.reg));
    }

    private static void rg16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.get16(i.rm), cpu.get16(i.reg));
    }

    private static void rg32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, (int) cpu.gpr[i.rm], (int) cpu.gpr[i.reg]);
    }

    private static void rg64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.gpr[i.rm], cpu.gpr[i.reg]);
    }

    // ---------------------------------------------------------------- register, register the other way round

    private static void gr8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.get8(i.reg), cpu.get8(i.rm));
    }

    private static void gr16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.get16(i.reg), cpu.get16(i.rm));
    }

    private static void gr32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, (int) cpu.gpr[i.reg], (int) cpu.gpr[i.rm]);
    }

    private static void gr64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.gpr[i.reg], cpu.gpr[i.rm]);
    }

    // ---------------------------------------------------------------- register, memory

    private static void gm8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.get8(i.reg), cpu.mmu.load8(cpu.linear(i)));
    }

    private static void gm16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.get16(i.reg), cpu.mmu.load16(cpu.linear(i)));
    }

    private static void gm32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, (int) cpu.gpr[i.reg], cpu.mmu.load32(cpu.linear(i)));
    }

    private static void gm64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.gpr[i.reg], cpu.mmu.load64(cpu.linear(i)));
    }

    // ---------------------------------------------------------------- register, immediate

    private static void ri8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.get8(i.rm), (int) i.immediate);
    }

    private static void ri16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.get16(i.rm), (int) i.immediate);
    }

    private static void ri32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, (int) cpu.gpr[i.rm], (int) i.immediate);
    }

    private static void ri64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.gpr[i.rm], i.immediate);
    }

    // ---------------------------------------------------------------- memory, register

    private static void mg8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.mmu.load8(cpu.linear(i)), cpu.get8(i.reg));
    }

    private static void mg16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.mmu.load16(cpu.linear(i)), cpu.get16(i.reg));
    }

    private static void mg32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, cpu.mmu.load32(cpu.linear(i)), (int) cpu.gpr[i.reg]);
    }

    private static void mg64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.mmu.load64(cpu.linear(i)), cpu.gpr[i.reg]);
    }

    // ---------------------------------------------------------------- memory, immediate

    private static void mi8(Processor cpu, Instruction i) {
        OP.op8(cpu.flags, cpu.mmu.load8(cpu.linear(i)), (int) i.immediate);
    }

    private static void mi16(Processor cpu, Instruction i) {
        OP.op16(cpu.flags, cpu.mmu.load16(cpu.linear(i)), (int) i.immediate);
    }

    private static void mi32(Processor cpu, Instruction i) {
        OP.op32(cpu.flags, cpu.mmu.load32(cpu.linear(i)), (int) i.immediate);
    }

    private static void mi64(Processor cpu, Instruction i) {
        OP.op64(cpu.flags, cpu.mmu.load64(cpu.linear(i)), i.immediate);
    }
}
