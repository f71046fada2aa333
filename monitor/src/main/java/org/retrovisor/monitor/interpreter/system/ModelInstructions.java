package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Cpuid;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.processor.Processor.RAX;
import static org.retrovisor.monitor.processor.Processor.RCX;
import static org.retrovisor.monitor.processor.Processor.RDX;

/** CPUID, MSRs, the timestamp counter and random numbers. There are no performance counters. */
final class ModelInstructions {
    private ModelInstructions() {}

    static void bind(SemanticsTable table) {
        table.bind("CPUID", (cpu, i) -> Cpuid.execute(cpu));
        table.bind("RDMSR", (cpu, i) -> setPair(cpu, cpu.msrs.read(cpu.get32(RCX))));
        table.bind("WRMSR", (cpu, i) -> cpu.msrs.write(cpu.get32(RCX), pair(cpu)));
        table.bind("RDTSC", (cpu, i) -> readTimestamp(cpu));
        table.bind("RDTSCP", (cpu, i) -> {
            readTimestamp(cpu);
            cpu.gpr[RCX] = cpu.msrs.get(Msr.TSC_AUX);
        });
        table.bind("RDPMC", (cpu, i) -> {
            throw cpu.fault(Vector.GP, 0);
        });
        table.bind("RDRAND_Rv", ModelInstructions::random);
        table.bind("RDSEED_Rv", ModelInstructions::random);
    }

    private static void readTimestamp(Processor cpu) {
        if (cpu.cpl != 0 && (cpu.cr4 & Control.CR4_TSD) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        setPair(cpu, cpu.msrs.timestamp());
    }

    /** There always is a number: CF = 1, the other status flags 0. */
    private static void random(Processor cpu, Instruction i) {
        cpu.set(i.rm, i.operandSize, cpu.boundary().random(cpu));
        cpu.flags.setStatus(Flags.CF);
    }

    private static long pair(Processor cpu) {
        return cpu.gpr[RDX] << 32 | cpu.gpr[RAX] & 0xFFFF_FFFFL;
    }

    private static void setPair(Processor cpu, long value) {
        cpu.gpr[RAX] = value & 0xFFFF_FFFFL;
        cpu.gpr[RDX] = value >>> 32;
    }
}
