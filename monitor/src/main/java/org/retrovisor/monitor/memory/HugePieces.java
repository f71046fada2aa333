package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * Zeroed memory in pieces side by side in huge pages, each of which the host finds at once: see {@link NativeMemory#allocateNow}. Pieces live
 * as long as the arena, or what the pages come from. For one thread at a time.
 */
public final class HugePieces {
    /** Bytes of the largest piece. */
    public static final long MOST = NativeMemory.HUGE_PAGE;

    private static final long ALIGNMENT = 64;

    private final Supplier<MemorySegment> regions;
    private MemorySegment region;
    private long used;

    /** None yet. */
    public HugePieces(Arena arena) {
        this(() -> NativeMemory.allocateNow(MOST, arena));
    }

    /** The same in huge pages of {@link #MOST} zeroed bytes that come from elsewhere. */
    public HugePieces(Supplier<MemorySegment> regions) {
        this.regions = regions;
    }

    /** The next piece, of at most {@link #MOST} bytes, which begins at a cache line; OutOfMemoryError when the host refuses. */
    public MemorySegment take(long bytes) {
        if (region == null || used + bytes > MOST) {
            region = regions.get();
            used = 0;
        }
        MemorySegment piece = region.asSlice(used, bytes);
        used += bytes + ALIGNMENT - 1 & -ALIGNMENT;
        return piece;
    }
}
