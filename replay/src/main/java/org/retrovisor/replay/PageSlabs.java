package org.retrovisor.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.NativeMemory;

/**
 * Memory off the heap for {@link SavedPage}s, in slabs of some pages. A slab that the collector has found in nobody's use
 * is given out again: memory that was touched before costs nothing, where a host takes longer to find and clear a new page
 * than saving it takes. Another thread finds it ahead of need. All of it is given back at the end.
 *
 * <p>Any thread may take slabs; before the end, all must be done with their pages.
 */
final class PageSlabs implements AutoCloseable {
    /** Pages in a slab. */
    static final int PAGES = 16;
    /** Bytes in a slab. */
    static final long BYTES = (long) PAGES * GuestMemory.PAGE;

    private static final long REGION = 8 << 20;
    private static final Cleaner CLEANER = Cleaner.create();
    private static final Executor FINDER = work -> Thread.ofPlatform().daemon().name("memory").start(work);

    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private MemorySegment region;
    private CompletableFuture<MemorySegment> nextRegion;
    private long used;

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
        if (memory != null) {
            return memory;
        }
        if (region == null) {
            region = NativeMemory.allocateToFill(REGION, arena);
        } else if (used == region.byteSize()) {
            region = found(nextRegion);
            nextRegion = null;
            used = 0;
        }
        memory = region.asSlice(used, BYTES);
        used += BYTES;
        if (nextRegion == null && used >= REGION / 2) {
            nextRegion = CompletableFuture.supplyAsync(this::findRegion, FINDER);
        }
        return memory;
    }

    private MemorySegment findRegion() {
        MemorySegment memory = NativeMemory.allocateToFill(REGION, arena);
        NativeMemory.populate(memory);
        return memory;
    }

    private static MemorySegment found(CompletableFuture<MemorySegment> region) {
        try {
            return region.join();
        } catch (CompletionException e) {
            throw new OutOfMemoryError(e.getCause().getMessage());
        }
    }

    private synchronized void giveBack(MemorySegment memory) {
        free.push(memory);
    }

    @Override
    public synchronized void close() {
        if (nextRegion != null) {
            nextRegion.handle((memory, failure) -> null).join(); // it must not find memory for what is gone
        }
        arena.close();
    }
}
