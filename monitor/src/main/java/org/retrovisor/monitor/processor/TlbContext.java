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
    private static final int ENTRIES = 2048;
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
            HostMemory.put64(empty.address() + (long) i * ENTRY_BYTES, emptyTag((long) i << 12));
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

    /** Takes over the entries for addresses of the upper half. */
    void inheritUpperHalf(TlbContext parent) {
        if (!parent.used) {
            return;
        }
        used = true;
        for (long at = 0; at < (long) TABLES * TABLE_BYTES; at += ENTRY_BYTES) {
            long page = HostMemory.get64(parent.reads + at);
            if (page < 0) {
                HostMemory.put64(reads + at, page);
                HostMemory.put64(reads + at + 8, HostMemory.get64(parent.reads + at + 8));
            }
        }
    }

    /** Drops the entries for one page. */
    void flushPage(long linear) {
        if (used) {
            long distance = slot(linear);
            long page = linear & -4096L;
            for (long table = reads; table <= fetches; table += TABLE_BYTES) {
                if (HostMemory.get64(table + distance) == page) {
                    HostMemory.put64(table + distance, emptyTag(linear));
                }
            }
        }
    }

    /** Drops direct write access to the host page, wherever it is. */
    void revokeWrites(long hostPage) {
        for (int i = 0; used && i < ENTRIES; i++) {
            revokeWrites(writes + (long) i * ENTRY_BYTES, (long) i << 12, hostPage);
        }
    }

    /** Drops direct write access to the host page through one linear address. */
    void revokeWrites(long linear, long hostPage) {
        if (used) {
            revokeWrites(writes + slot(linear), linear, hostPage);
        }
    }

    private static void revokeWrites(long entry, long linear, long hostPage) {
        if (HostMemory.get64(entry + 8) == hostPage) {
            HostMemory.put64(entry, emptyTag(linear));
            HostMemory.put64(entry + 8, 0);
        }
    }

    /** Drops the entries for addresses of the lower half. */
    void flushLowerHalf() {
        for (long at = 0; used && at < (long) TABLES * TABLE_BYTES; at += ENTRY_BYTES) {
            if (HostMemory.get64(reads + at) >= 0) {
                HostMemory.put64(reads + at, emptyTag(at / ENTRY_BYTES << 12));
                HostMemory.put64(reads + at + 8, 0);
            }
        }
    }

    /** What stands in the empty entry for a linear address: a page that belongs to another entry. */
    private static long emptyTag(long linear) {
        return (linear >>> 12) + 1 << 12 & (long) (ENTRIES - 1) << 12;
    }

    /** What selects the entry for a linear address, as distance from the start of its table, after a shift by 8. */
    static final int SLOT_MASK = (ENTRIES - 1) * ENTRY_BYTES;

    /** Distance of the entry for a linear address from the start of its table. */
    static long slot(long linear) {
        return linear >>> 8 & SLOT_MASK;
    }
}
