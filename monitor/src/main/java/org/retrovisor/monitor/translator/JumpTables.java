package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import org.retrovisor.monitor.memory.HugePieces;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;

/**
 * The tables of jumps of all processors: for each address space that a processor remembers, one for CPL 3, one for a
 * supervisor's code in the upper half of the address space, and one for what a supervisor executes below.
 */
final class JumpTables {
    private static final int KINDS = 3;
    private static final int USER = 0;
    private static final int UPPER = 1;
    private static final int LOWER = 2;

    private final HugePieces memory = new HugePieces(Arena.ofAuto());
    private final JumpTable[][] tables;

    JumpTables(int processors) {
        tables = new JumpTable[processors][KINDS * Mmu.spaces()];
    }

    /** The table for code at RIP. */
    JumpTable of(Processor cpu) {
        long rip = cpu.gpr[Processor.RIP];
        return of(cpu, cpu.cpl == 3 ? USER : rip < 0 ? UPPER : LOWER, rip);
    }

    /** The table for code at CPL 3. */
    JumpTable user(Processor cpu) {
        return of(cpu, USER, 0);
    }

    /** The table for a supervisor's code in the upper half. */
    JumpTable upper(Processor cpu) {
        return of(cpu, UPPER, -1);
    }

    private JumpTable of(Processor cpu, int kind, long rip) {
        JumpTable[] own = tables[cpu.index()];
        int number = KINDS * cpu.mmu.space() + kind;
        if (own[number] == null) {
            own[number] = new JumpTable(memory);
        }
        JumpTable table = own[number];
        long generation = cpu.mmu.generation(rip);
        if (table.generation() != generation
                && (kind != UPPER || !inherit(own, table, cpu.mmu.parentGeneration(), generation))) {
            table.use(generation);
        }
        return table;
    }

    /** A table of a new address space begins with what its parent knows of the upper half; tells whether it has one. */
    private static boolean inherit(JumpTable[] own, JumpTable table, long parentGeneration, long generation) {
        for (int number = UPPER; number < own.length && parentGeneration != 0; number += KINDS) {
            JumpTable parent = own[number];
            if (parent != null && parent != table && parent.generation() == parentGeneration) {
                table.takeOver(parent, generation);
                return true;
            }
        }
        return false;
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
