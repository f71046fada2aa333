package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/** The tables of jumps of all processors: one for each address space that a processor remembers, and CPL 3 or not. */
final class JumpTables {
    private final JumpTable[][] tables;

    JumpTables(int processors) {
        tables = new JumpTable[processors][2 * Mmu.spaces()];
    }

    /** The table for where a processor is now. */
    JumpTable of(Processor cpu) {
        JumpTable[] own = tables[cpu.index()];
        int number = 2 * cpu.mmu.space() + (cpu.cpl == 3 ? 1 : 0);
        if (own[number] == null) {
            own[number] = new JumpTable();
        }
        own[number].use(cpu.mmu.generation());
        return own[number];
    }

    void clear() {
        for (JumpTable[] own : tables) {
            for (JumpTable table : own) {
                if (table != null) {
                    table.clear();
                }
            }
        }
    }
}
