package org.retrovisor.monitor.translator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.HugePieces;

/**
 * Entries of translated blocks by linear address, for generated code: pairs of linear address and host address.
 *
 * <p>An address has two places, a home and the one beside it: what is put into a home that is taken moves the one before
 * there. It holds what was found under the translations of one {@code Mmu} generation and is emptied for the next.
 */
final class JumpTable {
    private static final int ENTRIES = 32768;
    static final int ENTRY_BYTES = 16;
    /** An entry's number is the upper bits of an address times this, both of 32 bits: few instructions, and near addresses are spread. */
    static final int FACTOR = 0x9E37_79B1;

    static final int SHIFT = 13;
    /** What selects an entry's distance from the table after a shift by that. */
    static final int MASK = (ENTRIES - 1) * ENTRY_BYTES;

    /** What stands in an empty entry: an address that neither of its pair is a place for. */
    private static final long NOWHERE = 0;

    private static final long NOWHERE_OF_FIRST = 2;

    /** With more entries than this, all of the table is copied at once. */
    private static final int FEW = ENTRIES / 16;

    /** Of how many pages the table knows that they were put; a page that is forgotten is put again. */
    private static final int PAGES = 1024;

    private static final MemorySegment EMPTY = allocate(new HugePieces(Arena.global()));

    private final MemorySegment table;
    private long generation = -1;
    /** The entries that were put, so that to empty the table costs what is in it. */
    private int[] journal = new int[64];

    private int journalled;
    /** Numbers of pages of whose code all was put that there was, each at its place; no page has number 0. */
    private final long[] pages = new long[PAGES];

    /** An empty table in memory of all zeroes. */
    JumpTable(HugePieces memory) {
        table = allocate(memory);
    }

    private static MemorySegment allocate(HugePieces memory) {
        MemorySegment empty = memory.take((long) ENTRIES * ENTRY_BYTES);
        HostMemory.put64(empty.address(), NOWHERE_OF_FIRST);
        HostMemory.put64(empty.address() + ENTRY_BYTES, NOWHERE_OF_FIRST);
        return empty;
    }

    /** Where the entry for an address stands in the table. */
    static int distance(long rip) {
        return (int) rip * FACTOR >>> SHIFT & MASK;
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

    /** Begins a generation with the entries of another table, and none of its own. */
    void takeOver(JumpTable parent, long newGeneration) {
        generation = newGeneration;
        table.copyFrom(parent.table);
        if (journal.length < parent.journalled) {
            journal = new int[parent.journal.length];
        }
        journalled = parent.journalled;
        System.arraycopy(parent.journal, 0, journal, 0, journalled);
        System.arraycopy(parent.pages, 0, pages, 0, PAGES);
    }

    void clear() {
        if (journalled > FEW) {
            table.copyFrom(EMPTY);
        } else {
            for (int i = 0; i < journalled; i++) {
                HostMemory.put64(table.address() + journal[i], empty(journal[i]));
            }
        }
        journalled = 0;
        Arrays.fill(pages, 0);
    }

    /** Whether this is the first address of its page that comes: then all code of the page may be put, before it is asked for. */
    boolean beginsPage(long rip) {
        long page = (rip >>> 12) + 1;
        int place = (int) page & PAGES - 1;
        boolean first = pages[place] != page;
        pages[place] = page;
        return first;
    }

    private static long empty(int distance) {
        return distance <= ENTRY_BYTES ? NOWHERE_OF_FIRST : NOWHERE;
    }

    void put(long rip, long host) {
        int home = distance(rip);
        long entry = table.address() + home;
        long before = HostMemory.get64(entry);
        if (before != rip && before != empty(home)) {
            write(home ^ ENTRY_BYTES, before, HostMemory.get64(entry + 8));
        }
        write(home, rip, host);
    }

    /** Puts an address that was not asked for yet: takes no place from others. */
    void offer(long rip, long host) {
        int home = distance(rip);
        if (!isTaken(home)) {
            write(home, rip, host);
        } else if (HostMemory.get64(table.address() + home) != rip && !isTaken(home ^ ENTRY_BYTES)) {
            write(home ^ ENTRY_BYTES, rip, host);
        }
    }

    /** The same for pairs of a linear and a host address, of which those count that are on the page of {@code rip}. */
    void offer(long[] places, long rip) {
        for (int i = 0; i < places.length; i += 2) {
            if ((places[i] ^ rip) >>> 12 == 0) {
                offer(places[i], places[i + 1]);
            }
        }
    }

    private boolean isTaken(int distance) {
        return HostMemory.get64(table.address() + distance) != empty(distance);
    }

    private void write(int distance, long rip, long host) {
        long entry = table.address() + distance;
        if (HostMemory.get64(entry) == empty(distance)) {
            note(distance);
        }
        HostMemory.put64(entry, rip);
        HostMemory.put64(entry + 8, host);
    }

    private void note(int distance) {
        if (journalled == journal.length) {
            journal = Arrays.copyOf(journal, 2 * journalled);
        }
        journal[journalled++] = distance;
    }
}
