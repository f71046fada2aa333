package org.retrovisor.recorder;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * What pages of RAM held when a state was saved, as far as they were written since: a page is copied before its first write. Those that held
 * nothing but zeros since power-on need no copy.
 *
 * <p>The machine's thread copies, and another may look meanwhile.
 */
final class EarlierPages {
    /** What {@link #copyOf} says of a page that was not written since, or held zeros. */
    static final long NONE = 0;
    /** What it says of one that there was no room for. */
    static final long LOST = -1;

    private static final int CHUNK_SHIFT = 9;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    private final PageRoom room;
    /** By frame: {@link #NONE}, {@link #LOST} or the host address of the copy; in chunks, null for nothing but {@link #NONE}. */
    private final long[][] copies;
    /** Those that have one, or lost it. */
    private int[] frames = new int[64];

    private int count;

    /** None, of RAM of so many frames. */
    EarlierPages(int frameCount, PageRoom room) {
        this.room = room;
        copies = new long[(frameCount + CHUNK - 1) / CHUNK][];
    }

    /** Copies a page, if there is room; before it is written. */
    void keep(int frame, long page) {
        if (count == frames.length) {
            frames = Arrays.copyOf(frames, 2 * count);
        }
        frames[count++] = frame;
        set(frame, room.isFull() ? LOST : room.copy(page));
        VarHandle.releaseFence(); // whoever sees what is written to the page now sees that there is a copy
    }

    /** The host address of a page's copy, {@link #NONE} or {@link #LOST}. */
    long copyOf(int frame) {
        long[] chunk = copies[frame >>> CHUNK_SHIFT];
        return chunk == null ? NONE : chunk[frame & CHUNK - 1];
    }

    private void set(int frame, long copy) {
        int at = frame >>> CHUNK_SHIFT;
        if (copies[at] == null) {
            copies[at] = new long[CHUNK];
        }
        copies[at][frame & CHUNK - 1] = copy;
    }

    /** Reads a page that may be written meanwhile, as it was before. */
    void read(int frame, long ram, long[] page) {
        HostMemory.read(ram, page);
        VarHandle.acquireFence();
        long copy = copyOf(frame);
        if (copy == LOST) {
            throw new IllegalStateException("frame " + frame + " was written before it was read");
        }
        if (copy != NONE) {
            HostMemory.read(copy, page);
        }
    }

    /** Nobody needs them any more. */
    void forget() {
        for (int i = 0; i < count; i++) {
            long copy = copyOf(frames[i]);
            if (copy != LOST) {
                room.giveBack(copy);
            }
            set(frames[i], NONE);
        }
        count = 0;
    }
}
