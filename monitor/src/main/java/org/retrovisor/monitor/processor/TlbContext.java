package org.retrovisor.monitor.processor;

import java.util.Arrays;

/**
 * The software TLB for one kind of access right (supervisor, supervisor with AC, user).
 *
 * <p>Each array holds pairs: a linear page address, or {@link #INVALID}, and what to add to a linear address to get the
 * host address (for {@link #fetches}: the physical page address). Pages written through {@link #writes} have their DIRTY
 * flag set and are neither code nor paging structures; the latter are in {@link #watchedWrites}.
 *
 * <p>The TLB is never stale: a write to a page used as a paging structure flushes it. So its content has no meaning to
 * the guest, is not part of the processor's state, and need not be equal in two runs that are compared.
 */
final class TlbContext {
    /** No linear page address: it is not aligned. */
    static final long INVALID = 1;
    /** Number of array elements, two per entry. */
    static final int LENGTH = 2 * 512;

    final long[] reads = new long[LENGTH];
    final long[] writes = new long[LENGTH];
    final long[] watchedWrites = new long[LENGTH];
    final long[] fetches = new long[LENGTH];
    private boolean used = true;

    TlbContext() {
        flush();
    }

    /** Notes that an entry is about to be filled in. */
    void use() {
        used = true;
    }

    void flush() {
        if (used) {
            Arrays.fill(reads, INVALID);
            Arrays.fill(writes, INVALID);
            Arrays.fill(watchedWrites, INVALID);
            Arrays.fill(fetches, INVALID);
            used = false;
        }
    }

    void flushWrites() {
        Arrays.fill(writes, INVALID);
        Arrays.fill(watchedWrites, INVALID);
    }

    /** Drops direct write access to the host page. */
    void revokeWrites(long hostPage) {
        for (int slot = 0; slot < LENGTH; slot += 2) {
            if (writes[slot] != INVALID && writes[slot] + writes[slot + 1] == hostPage) {
                writes[slot] = INVALID;
            }
        }
    }

    static int slot(long linear) {
        return (int) (linear >>> 11) & LENGTH - 2;
    }
}
