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
    private static final int ENTRIES = 16384;
    /** An entry's number is an address xor the same shifted by this, within the mask. */
    static final int SHIFT = 12;

    static final int MASK = ENTRIES - 1;
    private static final int ENTRY_BYTES = 16;
    private static final MemorySegment EMPTY = empty();

    private final MemorySegment table = Arena.ofAuto().allocate((long) ENTRIES * ENTRY_BYTES, 64);
    private long generation = -1;

    private static MemorySegment empty() {
        MemorySegment empty = Arena.ofAuto().allocate((long) ENTRIES * ENTRY_BYTES, 64);
        for (int i = 0; i < ENTRIES; i++) {
            // an address that selects another entry
            HostMemory.put64(empty.address() + (long) i * ENTRY_BYTES, i == 0 ? 1 : 0);
        }
        return empty;
    }

    /** Where the entry for an address stands in the table. */
    static int distance(long rip) {
        return ((int) (rip ^ (rip & 0xFFFF_FFFFL) >>> SHIFT) & MASK) * ENTRY_BYTES;
    }

    long address() {
        return table.address();
    }

    /** Empties the table if it belongs to another generation, and tells so. */
    boolean use(long newGeneration) {
        if (generation == newGeneration) {
            return false;
        }
        clear();
        generation = newGeneration;
        return true;
    }

    long generation() {
        return generation;
    }

    /** Begins with the entries of another table. */
    void takeOver(JumpTable parent) {
        table.copyFrom(parent.table);
    }

    void clear() {
        table.copyFrom(EMPTY);
    }

    void put(long rip, long host) {
        long entry = table.address() + distance(rip);
        HostMemory.put64(entry, rip);
        HostMemory.put64(entry + 8, host);
    }
}
