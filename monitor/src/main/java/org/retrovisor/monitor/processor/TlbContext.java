package org.retrovisor.monitor.processor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * The software TLB for one kind of access right (supervisor, supervisor with AC, user).
 *
 * <p>Four tables of {@link #ENTRIES} entries, off the heap so that generated code can use them as well:
 *
 * <pre>
 *   +0  linear address of the page; in an empty entry, of a page that belongs to another entry
 *   +8  host address of the page (in the table of fetches: physical address)
 * </pre>
 *
 * A linear address xor the first word is the offset in the page if the entry fits, and above 4095 if it does not. Pages
 * in the table of writes have their DIRTY flag set and are neither code nor paging structures; the latter are in the
 * table of watched writes.
 *
 * <p>The TLB is never stale: a write to a page used as a paging structure flushes it. So its content has no meaning to
 * the guest, is not part of the processor's state, and need not be equal in two runs that are compared.
 */
final class TlbContext {
    private static final int ENTRIES = 512;
    private static final int ENTRY_BYTES = 16;
    private static final int TABLE_BYTES = ENTRIES * ENTRY_BYTES;
    private static final int TABLES = 4;
    private static final MemorySegment EMPTY = emptyTables();

    /** Keeps the tables alive. */
    private final MemorySegment tables = Arena.ofAuto().allocate((long) TABLES * TABLE_BYTES, 64);

    /** Host addresses of the four tables. */
    final long reads = tables.address();

    final long writes = reads + TABLE_BYTES;
    final long watchedWrites = writes + TABLE_BYTES;
    final long fetches = watchedWrites + TABLE_BYTES;
    private boolean used = true;

    TlbContext() {
        flush();
    }

    private static MemorySegment emptyTables() {
        MemorySegment empty = Arena.ofAuto().allocate((long) TABLES * TABLE_BYTES, 64);
        for (int i = 0; i < TABLES * ENTRIES; i++) {
            HostMemory.put64(empty.address() + (long) i * ENTRY_BYTES, (long) ((i + 1) % ENTRIES) << 12);
        }
        return empty;
    }

    /** Notes that an entry is about to be filled in. */
    void use() {
        used = true;
    }

    void flush() {
        if (used) {
            tables.copyFrom(EMPTY);
            used = false;
        }
    }

    void flushWrites() {
        if (used) {
            MemorySegment.copy(EMPTY, TABLE_BYTES, tables, TABLE_BYTES, 2L * TABLE_BYTES);
        }
    }

    /** Drops the entries for one page. */
    void flushPage(long linear) {
        if (used) {
            long distance = slot(linear);
            long page = linear & -4096L;
            for (long table = reads; table <= fetches; table += TABLE_BYTES) {
                if (HostMemory.get64(table + distance) == page) {
                    HostMemory.put64(table + distance, page + 4096 & (long) (ENTRIES - 1) << 12);
                }
            }
        }
    }

    /** Drops direct write access to the host page. */
    void revokeWrites(long hostPage) {
        if (!used) {
            return;
        }
        for (int i = 0; i < ENTRIES; i++) {
            long entry = writes + (long) i * ENTRY_BYTES;
            if (HostMemory.get64(entry + 8) == hostPage) {
                HostMemory.put64(entry, (long) ((i + 1) % ENTRIES) << 12);
                HostMemory.put64(entry + 8, 0);
            }
        }
    }

    /** Distance of the entry for a linear address from the start of its table. */
    static long slot(long linear) {
        return linear >>> 8 & (ENTRIES - 1) * ENTRY_BYTES;
    }
}
