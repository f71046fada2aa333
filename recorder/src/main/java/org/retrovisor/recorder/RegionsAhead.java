package org.retrovisor.recorder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.retrovisor.monitor.memory.HugePieces;
import org.retrovisor.monitor.memory.NativeMemory;

/**
 * Regions of memory, each of one huge page, that another thread finds before they are needed: a host that is itself a guest may take 4
 * milliseconds for one, which the guest of a recording would stand still for. They live until this is closed. For one thread.
 */
final class RegionsAhead implements AutoCloseable {
    /** Bytes of a region. */
    static final int BYTES = (int) HugePieces.MOST;
    /** As many as a guest needs in some milliseconds; they are lost in the end. */
    private static final int AHEAD = 4;

    private final Arena arena = Arena.ofShared();
    private final Function<Arena, MemorySegment> source;
    private final ExecutorService finder = Executors.newSingleThreadExecutor(HelperThreads.ofMemory());
    /** In the order they are found in. */
    private final Queue<CompletableFuture<MemorySegment>> ahead = new ArrayDeque<>();

    /** Begins to find the first ones. */
    RegionsAhead() {
        this(arena -> NativeMemory.allocateNow(BYTES, arena));
    }

    RegionsAhead(Function<Arena, MemorySegment> source) {
        this.source = source;
        while (ahead.size() < AHEAD) {
            findAnother();
        }
    }

    private void findAnother() {
        ahead.add(CompletableFuture.supplyAsync(this::find, finder));
    }

    private MemorySegment find() {
        return source.apply(arena);
    }

    /** The next one; OutOfMemoryError when the host refuses. Never waits for the other thread, which gives way to this one. */
    MemorySegment take() {
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
