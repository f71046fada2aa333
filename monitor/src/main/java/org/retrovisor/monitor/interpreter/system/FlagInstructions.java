package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** CLI, STI, CLAC, STAC and HLT. */
final class FlagInstructions {
    private FlagInstructions() {}

    static void bind(SemanticsTable table) {
        table.bind("HLT", (cpu, i) -> cpu.halted = true);
        table.bind("CLI", (cpu, i) -> {
            checkInterruptFlag(cpu);
            cpu.systemFlags &= ~Control.IF;
        });
        table.bind("STI", (cpu, i) -> {
            checkInterruptFlag(cpu);
            cpu.interruptShadow = (cpu.systemFlags & Control.IF) == 0;
            cpu.systemFlags |= Control.IF;
        });
        table.bind("CLAC", (cpu, i) -> setAccessCheck(cpu, false));
        table.bind("STAC", (cpu, i) -> setAccessCheck(cpu, true));
    }

    private static void checkInterruptFlag(Processor cpu) {
        if (cpu.cpl > (cpu.systemFlags & Control.IOPL) >> 12) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    private static void setAccessCheck(Processor cpu, boolean set) {
        if (cpu.cpl != 0) {
            throw cpu.fault(Vector.UD);
        }
        cpu.systemFlags = set ? cpu.systemFlags | Control.AC : cpu.systemFlags & ~Control.AC;
        cpu.mmu.selectContext();
    }
}
