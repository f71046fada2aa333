package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory in pieces side by side in huge pages, each of which the host finds at once: see {@link NativeMemory#allocateNow}. Pieces live
 * as long as the arena. For one thread at a time.
 */
public final class HugePieces {
    /** Bytes of the largest piece. */
    public static final long MOST = NativeMemory.HUGE_PAGE;

    private static final long ALIGNMENT = 64;

    private final Arena arena;
    private MemorySegment region;
    private long used;

    /** None yet. */
    public HugePieces(Arena arena) {
        this.arena = arena;
    }

    /** The next piece, of at most {@link #MOST} bytes, which begins at a cache line; OutOfMemoryError when the host refuses. */
    public MemorySegment take(long bytes) {
        if (region == null || used + bytes > MOST) {
            region = NativeMemory.allocateNow(MOST, arena);
            used = 0;
        }
        MemorySegment piece = region.asSlice(used, bytes);
        used += bytes + ALIGNMENT - 1 & -ALIGNMENT;
        return piece;
    }
}
