package org.retrovisor.monitor.processor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.HugePieces;

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
 * <p>A fifth table goes with the one of reads: how far the host address of an entry's page is from its linear address, which makes the one
 * of the other without waiting for the offset. It means nothing where the entry does not fit.
 *
 * A linear address xor the first word is the offset in the page if the entry fits, and above 4095 if it does not. Pages
 * in the table of writes have their DIRTY flag set and are neither code nor paging structures; the latter are in the
 * table of watched writes.
 *
 * <p>A journal of the entries that were ever filled makes forgetting cost what was remembered, not what there is room for.
 *
 * <p>The TLB is never stale: a write to a page used as a paging structure flushes it. So its content has no meaning to
 * the guest, is not part of the processor's state, and need not be equal in two runs that are compared.
 */
final class TlbContext {
    /** Many, because pages whose entries coincide would push each other out all the time. */
    private static final int ENTRIES = 8192;

    private static final int ENTRY_BYTES = 16;
    static final int TABLE_BYTES = ENTRIES * ENTRY_BYTES;
    private static final int TABLES = 4;
    /** Where the distance of an entry of the table of reads is, from that entry. */
    private static final int TO_DISTANCE = TABLES * TABLE_BYTES;

    /**
     * What stands in an entry that is not in the journal: address 0, which belongs to the first entry; in that one, an address that
     * belongs to the second. So tables begin as zeroes, and the host need not find memory for what is never filled.
     */
    private static final long NEVER_FILLED = 0;

    private static final long FIRST_NEVER_FILLED = 1 << 12;

    /** In what stands in an entry that was emptied: no canonical address, of another entry. */
    private static final long EMPTIED = 1L << 62;

    /** Keeps the tables alive. */
    private final MemorySegment tables;

    /** Host addresses of the four tables. */
    final long reads;

    final long writes;
    final long watchedWrites;
    final long fetches;
    /** Distances from the first table of the entries that are not {@link #NEVER_FILLED}, each once. */
    private int[] journal = new int[256];

    private int journalled;
    /** Whether an address of the lower half was entered since they were all dropped. */
    private boolean anyLower;

    /** Empty tables in memory of all zeroes. */
    TlbContext(HugePieces memory) {
        tables = memory.take((TABLES + 1L) * TABLE_BYTES);
        reads = tables.address();
        writes = reads + TABLE_BYTES;
        watchedWrites = writes + TABLE_BYTES;
        fetches = watchedWrites + TABLE_BYTES;
        for (int table = 0; table < TABLES; table++) {
            HostMemory.put64(reads + (long) table * TABLE_BYTES, FIRST_NEVER_FILLED);
        }
    }

    /** Fills in the entry for a linear address in one of the tables. */
    void enter(long table, long linear, long page) {
        long entry = table + slot(linear);
        if (HostMemory.get64(entry) == neverFilled(slot(linear))) {
            note((int) (entry - reads));
        }
        HostMemory.put64(entry, linear & -4096L);
        HostMemory.put64(entry + 8, page);
        if (table == reads) {
            HostMemory.put64(entry + TO_DISTANCE, page - (linear & -4096L));
        }
        anyLower |= linear >= 0;
    }

    private void note(int distance) {
        if (journalled == journal.length) {
            journal = Arrays.copyOf(journal, 2 * journalled);
        }
        journal[journalled++] = distance;
    }

    private void empty(int distance) {
        put(distance, EMPTIED | (long) (distance ^ ENTRY_BYTES) % TABLE_BYTES / ENTRY_BYTES << 12);
    }

    private void put(int distance, long tag) {
        HostMemory.put64(reads + distance, tag);
        HostMemory.put64(reads + distance + 8, 0);
    }

    void flush() {
        for (int i = 0; i < journalled; i++) {
            put(journal[i], neverFilled(journal[i] % TABLE_BYTES));
        }
        journalled = 0;
        anyLower = false;
    }

    /** Empties the entries in both tables of writes. */
    void flushWrites() {
        for (int i = 0; i < journalled; i++) {
            int distance = journal[i];
            if (distance >= TABLE_BYTES && distance < 3 * TABLE_BYTES) {
                empty(distance);
            }
        }
    }

    /** Takes over the entries for addresses of the upper half; to a context that has none of its own yet. */
    void inheritUpperHalf(TlbContext parent) {
        for (int i = 0; i < parent.journalled; i++) {
            int distance = parent.journal[i];
            long page = HostMemory.get64(parent.reads + distance);
            if (page < 0) {
                note(distance);
                HostMemory.put64(reads + distance, page);
                HostMemory.put64(reads + distance + 8, HostMemory.get64(parent.reads + distance + 8));
                if (distance < TABLE_BYTES) {
                    HostMemory.put64(reads + distance + TO_DISTANCE,
                            HostMemory.get64(parent.reads + distance + TO_DISTANCE));
                }
            }
        }
    }

    /** Drops the entries for one page. */
    void flushPage(long linear) {
        if (journalled > 0) {
            int distance = (int) slot(linear);
            long page = linear & -4096L;
            for (; distance < TABLES * TABLE_BYTES; distance += TABLE_BYTES) {
                if (HostMemory.get64(reads + distance) == page) {
                    empty(distance);
                }
            }
        }
    }

    /** Drops direct write access to the host page, wherever it is. */
    void revokeWrites(long hostPage) {
        for (int i = 0; i < journalled; i++) {
            revokeWrites(journal[i], hostPage);
        }
    }

    /** Drops direct write access to the host page through one linear address. */
    void revokeWrites(long linear, long hostPage) {
        if (journalled > 0) {
            revokeWrites(TABLE_BYTES + (int) slot(linear), hostPage);
        }
    }

    private void revokeWrites(int distance, long hostPage) {
        boolean direct = distance >= TABLE_BYTES && distance < 2 * TABLE_BYTES;
        if (direct && HostMemory.get64(reads + distance + 8) == hostPage) {
            empty(distance);
        }
    }

    /** Drops the entries for addresses of the lower half. */
    void flushLowerHalf() {
        for (int i = 0; anyLower && i < journalled; i++) {
            if (HostMemory.get64(reads + journal[i]) >= 0) {
                empty(journal[i]);
            }
        }
        anyLower = false;
    }

    private static long neverFilled(long slot) {
        return slot == 0 ? FIRST_NEVER_FILLED : NEVER_FILLED;
    }

    /** What selects the entry for a linear address, as distance from the start of its table, after a shift by 8. */
    static final int SLOT_MASK = (ENTRIES - 1) * ENTRY_BYTES;

    /** Distance of the entry for a linear address from the start of its table. */
    static long slot(long linear) {
        return linear >>> 8 & SLOT_MASK;
    }
}
