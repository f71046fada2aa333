package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

/** The bases of FS and GS in 64-bit mode. */
final class SegmentBases {
    private SegmentBases() {}

    static void bind(SemanticsTable table) {
        table.bind("SWAPGS", (cpu, i) -> swap(cpu));
        table.bind("RDFSBASE_Ry", (cpu, i) -> read(cpu, i, Segment.FS));
        table.bind("RDGSBASE_Ry", (cpu, i) -> read(cpu, i, Segment.GS));
        table.bind("WRFSBASE_Ry", (cpu, i) -> write(cpu, i, Segment.FS));
        table.bind("WRGSBASE_Ry", (cpu, i) -> write(cpu, i, Segment.GS));
    }

    private static void swap(Processor cpu) {
        Segment gs = cpu.segments[Segment.GS];
        long kernel = cpu.msrs.get(Msr.KERNEL_GS_BASE);
        cpu.msrs.set(Msr.KERNEL_GS_BASE, gs.base);
        gs.base = kernel;
    }

    private static void read(Processor cpu, Instruction i, int segment) {
        checkEnabled(cpu);
        cpu.set(i.rm, i.operandSize, cpu.segments[segment].base);
    }

    private static void write(Processor cpu, Instruction i, int segment) {
        checkEnabled(cpu);
        long base = cpu.get(i.rm, i.operandSize);
        if (!Descriptors.isCanonical(base)) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.segments[segment].base = base;
    }

    private static void checkEnabled(Processor cpu) {
        if ((cpu.cr4 & Control.CR4_FSGSBASE) == 0) {
            throw cpu.fault(Vector.UD);
        }
    }
}
