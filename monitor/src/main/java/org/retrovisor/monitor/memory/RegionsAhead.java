package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;

/**
 * Regions of zeroed memory, each of {@link HugePieces#MOST} bytes, that another thread finds before they are needed: a host that is itself a guest
 * may take 4 milliseconds for one, which whoever needs it would stand still for. They live until this is closed. For one thread at a time.
 */
public final class RegionsAhead implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Function<Arena, MemorySegment> source;
    private final ExecutorService finder;
    /** In the order they are found in. */
    private final Queue<CompletableFuture<MemorySegment>> ahead = new ArrayDeque<>();

    /**
     * Begins to find the first ones.
     *
     * @param count how many are found ahead of need, which are lost in the end
     * @param threads makes the other thread
     */
    public RegionsAhead(int count, ThreadFactory threads) {
        this(count, threads, arena -> NativeMemory.allocateNow(HugePieces.MOST, arena));
    }

    RegionsAhead(int count, ThreadFactory threads, Function<Arena, MemorySegment> source) {
        this.source = source;
        finder = Executors.newSingleThreadExecutor(threads);
        while (ahead.size() < count) {
            findAnother();
        }
    }

    private void findAnother() {
        ahead.add(CompletableFuture.supplyAsync(this::find, finder));
    }

    private MemorySegment find() {
        return source.apply(arena);
    }

    /** The next one; OutOfMemoryError when the host refuses. Never waits for the other thread, which may give way to this one. */
    public MemorySegment take() {
        if (!ahead.element().isDone()) {
            return find();
        }
        CompletableFuture<MemorySegment> found = ahead.remove();
        findAnother();
        return found.isCompletedExceptionally() ? find() : found.join();
    }

    @Override
    public void close() {
        finder.shutdownNow();
        finder.close(); // one may still be under way
        arena.close();
    }
}
