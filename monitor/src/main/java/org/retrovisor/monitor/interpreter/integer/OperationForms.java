package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/**
 * Template (see {@link Specialized}): an operation that writes its result, in all places its operands may be.
 *
 * <p>Names say destination, source and bits: r and m for the register and memory form of E, g for G, i for an immediate
 * (0 where there is none), 1 for the number one, c for CL. A memory destination is checked for writing first, as a
 * processor does: its faults are those of a write.
 */
final class OperationForms implements Forms {
    private static final Operation OP = Operations.named(Specialized.operation(OperationForms.class));
    private static final long LOW32 = 0xFFFF_FFFFL;

    OperationForms() {}

    @Override
    public Semantics eg8(Instruction i) {
        return i.memory ? OperationForms::mg8 : OperationForms::rg8;
    }

    @Override
    public Semantics eg(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? OperationForms::mg16 : OperationForms::rg16;
            case 4 -> i.memory ? OperationForms::mg32 : OperationForms::rg32;
            default -> i.memory ? OperationForms::mg64 : OperationForms::rg64;
        };
    }

    @Override
    public Semantics ge8(Instruction i) {
        return i.memory ? OperationForms::gm8 : OperationForms::gr8;
    }

    @Override
    public Semantics ge(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? OperationForms::gm16 : OperationForms::gr16;
            case 4 -> i.memory ? OperationForms::gm32 : OperationForms::gr32;
            default -> i.memory ? OperationForms::gm64 : OperationForms::gr64;
        };
    }

    @Override
    public Semantics ei8(Instruction i) {
        return i.memory ? OperationForms::mi8 : OperationForms::ri8;
    }

    @Override
    public Semantics ei(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? OperationForms::mi16 : OperationForms::ri16;
            case 4 -> i.memory ? OperationForms::mi32 : OperationForms::ri32;
            default -> i.memory ? OperationForms::mi64 : OperationForms::ri64;
        };
    }

    @Override
    public Semantics e18(Instruction i) {
        return i.memory ? OperationForms::m18 : OperationForms::r18;
    }

    @Override
    public Semantics e1(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? OperationForms::m116 : OperationForms::r116;
            case 4 -> i.memory ? OperationForms::m132 : OperationForms::r132;
            default -> i.memory ? OperationForms::m164 : OperationForms::r164;
        };
    }

    @Override
    public Semantics ec8(Instruction i) {
        return i.memory ? OperationForms::mc8 : OperationForms::rc8;
    }

    @Override
    public Semantics ec(Instruction i) {
        return switch (i.operandSize) {
            case 2 -> i.memory ? OperationForms::mc16 : OperationForms::rc16;
            case 4 -> i.memory ? OperationForms::mc32 : OperationForms::rc32;
            default -> i.memory ? OperationForms::mc64 : OperationForms::rc64;
        };
    }

    // ---------------------------------------------------------------- register, register

    private static void rg8(Processor cpu, Instruction i) {
        cpu.set8(i.rm, OP.op8(cpu.flags, cpu.get8(i.rm), cpu.get8(i.reg)));
    }

    private static void rg16(Processor cpu, Instruction i) {
        cpu.set16(i.rm, OP.op16(cpu.flags, cpu.get16(i.rm), cpu.get16(i.reg)));
    }

    private static void rg32(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op32(cpu.flags, (int) cpu.gpr[i.rm], (int) cpu.gpr[i.reg]) & LOW32;
    }

    private static void rg64(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op64(cpu.flags, cpu.gpr[i.rm], cpu.gpr[i.reg]);
    }

    // ---------------------------------------------------------------- register, register the other way round

    private static void gr8(Processor cpu, Instruction i) {
        cpu.set8(i.reg, OP.op8(cpu.flags, cpu.get8(i.reg), cpu.get8(i.rm)));
    }

    private static void gr16(Processor cpu, Instruction i) {
        cpu.set16(i.reg, OP.op16(cpu.flags, cpu.get16(i.reg), cpu.get16(i.rm)));
    }

    private static void gr32(Processor cpu, Instruction i) {
        cpu.gpr[i.reg] = OP.op32(cpu.flags, (int) cpu.gpr[i.reg], (int) cpu.gpr[i.rm]) & LOW32;
    }

    private static void gr64(Processor cpu, Instruction i) {
        cpu.gpr[i.reg] = OP.op64(cpu.flags, cpu.gpr[i.reg], cpu.gpr[i.rm]);
    }

    // ---------------------------------------------------------------- register, memory

    private static void gm8(Processor cpu, Instruction i) {
        cpu.set8(i.reg, OP.op8(cpu.flags, cpu.get8(i.reg), cpu.mmu.load8(cpu.linear(i))));
    }

    private static void gm16(Processor cpu, Instruction i) {
        cpu.set16(i.reg, OP.op16(cpu.flags, cpu.get16(i.reg), cpu.mmu.load16(cpu.linear(i))));
    }

    private static void gm32(Processor cpu, Instruction i) {
        cpu.gpr[i.reg] = OP.op32(cpu.flags, (int) cpu.gpr[i.reg], cpu.mmu.load32(cpu.linear(i))) & LOW32;
    }

    private static void gm64(Processor cpu, Instruction i) {
        cpu.gpr[i.reg] = OP.op64(cpu.flags, cpu.gpr[i.reg], cpu.mmu.load64(cpu.linear(i)));
    }

    // ---------------------------------------------------------------- register, immediate

    private static void ri8(Processor cpu, Instruction i) {
        cpu.set8(i.rm, OP.op8(cpu.flags, cpu.get8(i.rm), (int) i.immediate));
    }

    private static void ri16(Processor cpu, Instruction i) {
        cpu.set16(i.rm, OP.op16(cpu.flags, cpu.get16(i.rm), (int) i.immediate));
    }

    private static void ri32(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op32(cpu.flags, (int) cpu.gpr[i.rm], (int) i.immediate) & LOW32;
    }

    private static void ri64(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op64(cpu.flags, cpu.gpr[i.rm], i.immediate);
    }

    // ---------------------------------------------------------------- register, 1

    private static void r18(Processor cpu, Instruction i) {
        cpu.set8(i.rm, OP.op8(cpu.flags, cpu.get8(i.rm), 1));
    }

    private static void r116(Processor cpu, Instruction i) {
        cpu.set16(i.rm, OP.op16(cpu.flags, cpu.get16(i.rm), 1));
    }

    private static void r132(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op32(cpu.flags, (int) cpu.gpr[i.rm], 1) & LOW32;
    }

    private static void r164(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op64(cpu.flags, cpu.gpr[i.rm], 1);
    }

    // ---------------------------------------------------------------- register, CL

    private static void rc8(Processor cpu, Instruction i) {
        cpu.set8(i.rm, OP.op8(cpu.flags, cpu.get8(i.rm), cpu.get8(Processor.RCX)));
    }

    private static void rc16(Processor cpu, Instruction i) {
        cpu.set16(i.rm, OP.op16(cpu.flags, cpu.get16(i.rm), cpu.get8(Processor.RCX)));
    }

    private static void rc32(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op32(cpu.flags, (int) cpu.gpr[i.rm], cpu.get8(Processor.RCX)) & LOW32;
    }

    private static void rc64(Processor cpu, Instruction i) {
        cpu.gpr[i.rm] = OP.op64(cpu.flags, cpu.gpr[i.rm], cpu.get8(Processor.RCX));
    }

    // ---------------------------------------------------------------- memory, register

    private static void mg8(Processor cpu, Instruction i) {
        modify8(cpu, cpu.linear(i), cpu.get8(i.reg));
    }

    private static void mg16(Processor cpu, Instruction i) {
        modify16(cpu, cpu.linear(i), cpu.get16(i.reg));
    }

    private static void mg32(Processor cpu, Instruction i) {
        modify32(cpu, cpu.linear(i), (int) cpu.gpr[i.reg]);
    }

    private static void mg64(Processor cpu, Instruction i) {
        modify64(cpu, cpu.linear(i), cpu.gpr[i.reg]);
    }

    // ---------------------------------------------------------------- memory, immediate

    private static void mi8(Processor cpu, Instruction i) {
        modify8(cpu, cpu.linear(i), (int) i.immediate);
    }

    private static void mi16(Processor cpu, Instruction i) {
        modify16(cpu, cpu.linear(i), (int) i.immediate);
    }

    private static void mi32(Processor cpu, Instruction i) {
        modify32(cpu, cpu.linear(i), (int) i.immediate);
    }

    private static void mi64(Processor cpu, Instruction i) {
        modify64(cpu, cpu.linear(i), i.immediate);
    }

    // ---------------------------------------------------------------- memory, 1

    private static void m18(Processor cpu, Instruction i) {
        modify8(cpu, cpu.linear(i), 1);
    }

    private static void m116(Processor cpu, Instruction i) {
        modify16(cpu, cpu.linear(i), 1);
    }

    private static void m132(Processor cpu, Instruction i) {
        modify32(cpu, cpu.linear(i), 1);
    }

    private static void m164(Processor cpu, Instruction i) {
        modify64(cpu, cpu.linear(i), 1);
    }

    // ---------------------------------------------------------------- memory, CL

    private static void mc8(Processor cpu, Instruction i) {
        modify8(cpu, cpu.linear(i), cpu.get8(Processor.RCX));
    }

    private static void mc16(Processor cpu, Instruction i) {
        modify16(cpu, cpu.linear(i), cpu.get8(Processor.RCX));
    }

    private static void mc32(Processor cpu, Instruction i) {
        modify32(cpu, cpu.linear(i), cpu.get8(Processor.RCX));
    }

    private static void mc64(Processor cpu, Instruction i) {
        modify64(cpu, cpu.linear(i), cpu.get8(Processor.RCX));
    }

    // ---------------------------------------------------------------- read, modify, write

    private static void modify8(Processor cpu, long linear, int b) {
        Mmu mmu = cpu.mmu;
        long host = mmu.hostForModifying(linear, 1);
        if (host != 0) {
            HostMemory.put8(host, OP.op8(cpu.flags, HostMemory.get8(host), b));
        } else {
            mmu.checkWrite(linear, 1);
            mmu.store8(linear, OP.op8(cpu.flags, mmu.load8(linear), b));
        }
    }

    private static void modify16(Processor cpu, long linear, int b) {
        Mmu mmu = cpu.mmu;
        long host = mmu.hostForModifying(linear, 2);
        if (host != 0) {
            HostMemory.put16(host, OP.op16(cpu.flags, HostMemory.get16(host), b));
        } else {
            mmu.checkWrite(linear, 2);
            mmu.store16(linear, OP.op16(cpu.flags, mmu.load16(linear), b));
        }
    }

    private static void modify32(Processor cpu, long linear, int b) {
        Mmu mmu = cpu.mmu;
        long host = mmu.hostForModifying(linear, 4);
        if (host != 0) {
            HostMemory.put32(host, OP.op32(cpu.flags, HostMemory.get32(host), b));
        } else {
            mmu.checkWrite(linear, 4);
            mmu.store32(linear, OP.op32(cpu.flags, mmu.load32(linear), b));
        }
    }

    private static void modify64(Processor cpu, long linear, long b) {
        Mmu mmu = cpu.mmu;
        long host = mmu.hostForModifying(linear, 8);
        if (host != 0) {
            HostMemory.put64(host, OP.op64(cpu.flags, HostMemory.get64(host), b));
        } else {
            mmu.checkWrite(linear, 8);
            mmu.store64(linear, OP.op64(cpu.flags, mmu.load64(linear), b));
        }
    }
}
