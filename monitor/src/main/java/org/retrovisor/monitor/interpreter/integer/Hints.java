package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** Instructions that say something to a processor's caches and pipelines, which are not modelled, and UD. */
final class Hints {
    private Hints() {}

    static void bind(SemanticsTable table) {
        Semantics nothing = (cpu, i) -> {};
        for (String name : new String[]{"NOP_Ev", "PREFETCH_Mb", "PAUSE", "LFENCE", "MFENCE", "SFENCE"}) {
            table.bind(name, nothing);
        }
        table.bind("CLFLUSH_Mb", (cpu, i) -> cpu.mmu.checkRead(cpu.linear(i), 1));
        table.bind("UD0_Gv_Ev", Hints::undefined);
        table.bind("UD1_Gv_Ev", Hints::undefined);
        table.bind("UD2", Hints::undefined);
    }

    private static void undefined(Processor cpu, Instruction i) {
        throw cpu.fault(Vector.UD);
    }
}
