package org.retrovisor.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
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
    /** Regions found ahead of need: what a checkpoint of a busy time takes at once. */
    private static final int AHEAD = 4;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final Executor FINDER = work -> Thread.ofPlatform().daemon().name("memory").start(work);

    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private final ArrayDeque<MemorySegment> ready = new ArrayDeque<>();
    private boolean finding;
    private boolean closed;
    /** Why the finder gave up the last time. */
    private Throwable failure;
    private MemorySegment region;
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
        if (region == null || used == region.byteSize()) {
            region = nextRegion();
            used = 0;
        }
        memory = region.asSlice(used, BYTES);
        used += BYTES;
        return memory;
    }

    private MemorySegment nextRegion() {
        findAhead();
        waitWhile(() -> ready.isEmpty() && finding);
        if (ready.isEmpty()) {
            throw new OutOfMemoryError(failure.getMessage());
        }
        MemorySegment next = ready.poll();
        findAhead();
        return next;
    }

    private void findAhead() {
        if (!finding && ready.size() < AHEAD) {
            FINDER.execute(this::findRegions); // which waits for the lock that is held here
            finding = true;
        }
    }

    private void findRegions() {
        try {
            do {
                found(NativeMemory.allocateNow(REGION, arena));
            } while (goOn());
        } catch (RuntimeException | Error e) { // or who waits would wait for ever
            failed(e);
        }
    }

    private synchronized void found(MemorySegment memory) {
        ready.add(memory);
        notifyAll();
    }

    private synchronized boolean goOn() {
        finding = !closed && ready.size() < AHEAD;
        notifyAll();
        return finding;
    }

    private synchronized void failed(Throwable e) {
        failure = e;
        finding = false;
        notifyAll();
    }

    private synchronized void giveBack(MemorySegment memory) {
        free.push(memory);
    }

    /** Until the finder is done with something it is at; an interruption is for others, since this takes some milliseconds only. */
    private void waitWhile(BooleanSupplier going) {
        boolean interrupted = false;
        while (going.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        waitWhile(() -> finding); // it must not find memory for what is gone
        arena.close();
    }
}
