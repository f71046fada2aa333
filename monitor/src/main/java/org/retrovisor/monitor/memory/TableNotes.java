package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What generated code must know of the frames that are paging structures: which of them it may write without telling anybody.
 *
 * <p>For a frame that is a table of the last level and nothing else that is watched, a bit for each of its entries says whether
 * it may be in a translation; to write another one concerns nobody. Off the heap, a byte for each frame, a bit for each eight bytes of RAM.
 */
public final class TableNotes {
    private static final int BYTES_PER_FRAME = GuestMemory.PAGE / 8 / Byte.SIZE;

    private final long lastLevel;
    private final long usedEntries;

    TableNotes(int frames, Arena arena) {
        MemorySegment bytes = NativeMemory.allocate(frames, arena);
        lastLevel = bytes.address();
        usedEntries = NativeMemory.allocate((long) frames * BYTES_PER_FRAME, arena).address();
    }

    /** Where the bytes are that are not 0 for the frames in question. */
    public long lastLevel() {
        return lastLevel;
    }

    /** Where the bits of the first frame's entries are. */
    public long usedEntries() {
        return usedEntries;
    }

    /** Whether a frame is such a table. */
    public boolean isLastLevel(int frame) {
        return HostMemory.get8(lastLevel + frame) != 0;
    }

    void set(int frame, boolean isLastLevel) {
        HostMemory.put8(lastLevel + frame, isLastLevel ? 1 : 0);
    }

    /** No entry of a frame is in a translation. */
    public void clearUsed(int frame) {
        HostMemory.fill(usedEntries + (long) frame * BYTES_PER_FRAME, BYTES_PER_FRAME, (byte) 0);
    }

    /** An entry of a frame, by its number, is in a translation or not any more. */
    public void use(int frame, int entry, boolean used) {
        long at = usedEntries + (long) frame * BYTES_PER_FRAME + (entry >> 3);
        int bit = 1 << (entry & 7);
        int before = HostMemory.get8(at);
        HostMemory.put8(at, used ? before | bit : before & ~bit);
    }
}
