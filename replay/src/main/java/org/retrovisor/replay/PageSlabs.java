package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HugePieces;
import org.retrovisor.monitor.memory.RegionsAhead;

/**
 * Memory off the heap for {@link SavedPage}s, in slabs of some pages. A slab that the collector has found in nobody's use
 * is given out again: memory that was touched before costs nothing, where a host takes longer to find and clear a new page
 * than saving it takes. Another thread finds it ahead of need ({@link RegionsAhead}). All of it is given back at the end.
 *
 * <p>Any thread may take slabs; before the end, all must be done with their pages.
 */
final class PageSlabs implements AutoCloseable {
    /** Pages in a slab. */
    static final int PAGES = 16;
    /** Bytes in a slab. */
    static final long BYTES = (long) PAGES * GuestMemory.PAGE;

    /** Huge pages found ahead of need, 32 MB: what a checkpoint of a busy time takes at once. */
    private static final int AHEAD = 16;

    private static final Cleaner CLEANER = Cleaner.create();

    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private final HugePieces pieces = new HugePieces(this::nextRegion);
    /** Null before the first is needed. */
    private RegionsAhead regions;

    /** Memory that is somebody's as long as this object can be reached. */
    static final class Slab {
        private final MemorySegment memory;

        private Slab(MemorySegment memory) {
            this.memory = memory;
        }

        MemorySegment memory() {
            return memory;
        }
    }

    /** A slab with whatever bytes; OutOfMemoryError when the host has no more. */
    Slab take() {
        MemorySegment memory = unused();
        Slab slab = new Slab(memory);
        CLEANER.register(slab, () -> giveBack(memory));
        return slab;
    }

    private synchronized MemorySegment unused() {
        MemorySegment memory = free.poll();
        return memory != null ? memory : pieces.take(BYTES);
    }

    private MemorySegment nextRegion() {
        if (regions == null) {
            regions = new RegionsAhead(AHEAD, Thread.ofPlatform().daemon().name("memory").factory());
        }
        return regions.take();
    }

    private synchronized void giveBack(MemorySegment memory) {
        free.push(memory);
    }

    @Override
    public synchronized void close() {
        if (regions != null) {
            regions.close();
        }
    }
}
