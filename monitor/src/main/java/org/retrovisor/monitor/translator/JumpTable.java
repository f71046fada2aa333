package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Entries of translated blocks by linear address, for generated code: pairs of linear address and host address.
 *
 * <p>It holds what was found under the translations of one {@code Mmu} generation and is emptied for the next.
 */
final class JumpTable {
    private static final int ENTRIES = 4096;
    /** What selects an entry in a linear address. */
    static final int MASK = ENTRIES - 1;

    private static final int ENTRY_BYTES = 16;
    private static final MemorySegment EMPTY = empty();

    private final MemorySegment table = Arena.ofAuto().allocate((long) ENTRIES * ENTRY_BYTES, 64);
    private long generation = -1;

    private static MemorySegment empty() {
        MemorySegment empty = Arena.ofAuto().allocate((long) ENTRIES * ENTRY_BYTES, 64);
        for (int i = 0; i < ENTRIES; i++) {
            // an address that selects another entry
            HostMemory.put64(empty.address() + (long) i * ENTRY_BYTES, i + 1);
        }
        return empty;
    }

    long address() {
        return table.address();
    }

    /** Empties the table if it belongs to another generation. */
    void use(long newGeneration) {
        if (generation != newGeneration) {
            clear();
            generation = newGeneration;
        }
    }

    void clear() {
        table.copyFrom(EMPTY);
    }

    void put(long rip, long host) {
        long entry = table.address() + (rip & MASK) * ENTRY_BYTES;
        HostMemory.put64(entry, rip);
        HostMemory.put64(entry + 8, host);
    }
}
