package org.retrovisor.recorder;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.LoadedPages;

/**
 * What pages of RAM held when a state was saved, as far as they were written since: a page is copied before its first write. Those that held
 * nothing but zeros, or what the guest was loaded with, need no copy. Pages that are written only after the next state are in what follows that one.
 *
 * <p>The machine's thread copies, and another may look meanwhile.
 */
final class EarlierPages {
    /** What {@link #copyOf} says of a page that was not written since, or held zeros since power-on. */
    private static final long NONE = 0;
    /** What it says of one that there was no room for. */
    private static final long LOST = -1;
    /** What it says of one that held nothing but zeros, but not since power-on. */
    private static final long ZEROS = -2;
    /** What it says of one that held what it was loaded with. */
    private static final long LOADED = -3;

    private static final int CHUNK_SHIFT = 6;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    private final LoadedPages loaded;
    private final PageRoom room;
    /** By frame: what {@link #copyOf} says; in chunks, null for nothing but {@link #NONE}. */
    private final long[][] copies;
    /** Those that it says something else of than {@link #NONE}. */
    private int[] frames = new int[64];

    private int count;
    /** What pages held at the state behind this one; null if there is none yet. */
    private EarlierPages next;

    /** What is known of a page. */
    enum Content {
        /** There was no room for it. */
        LOST, ZEROS,
        /** All of it. */
        BYTES
    }

    /** None yet; copies go to {@code room}. */
    EarlierPages(GuestMemory memory, PageRoom room) {
        this.loaded = memory.loaded();
        this.room = room;
        copies = new long[(memory.frameCount() + CHUNK - 1) / CHUNK][];
    }

    /** Another state is saved; before anything is kept of what is written behind that. */
    void followedBy(EarlierPages later) {
        next = later;
    }

    /** Copies a page, if there is room; before it is written. */
    void keep(int frame, long page) {
        if (count == frames.length) {
            frames = Arrays.copyOf(frames, 2 * count);
        }
        frames[count++] = frame;
        set(frame, kept(frame, page));
        VarHandle.releaseFence(); // whoever sees what is written to the page now sees that there is a copy
    }

    private long kept(int frame, long page) {
        if (loaded.isIntact(frame)) {
            return LOADED;
        }
        if (HostMemory.isPageOfZeros(page)) {
            return ZEROS;
        }
        return room.isFull() ? LOST : room.copy(page);
    }

    /** The host address of a page's copy, which is above 0, or one of the constants. */
    private long copyOf(int frame) {
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

    /** Reads a page that may be written meanwhile, as it was at this state. */
    void read(int frame, long ram, long[] page) {
        HostMemory.read(ram, page);
        VarHandle.acquireFence();
        long copy = firstCopyOf(frame);
        if (copy != NONE && unpack(copy, frame, page) == Content.LOST) {
            throw new IllegalStateException("frame " + frame + " was written before it was read");
        }
    }

    /** What a page that was written since held at this state, which goes to an array. */
    Content before(int frame, long[] page) {
        return unpack(copyOf(frame), frame, page);
    }

    private Content unpack(long copy, int frame, long[] page) {
        if (copy == LOST) {
            return Content.LOST;
        }
        if (copy == NONE || copy == ZEROS) {
            Arrays.fill(page, 0);
            return Content.ZEROS;
        }
        if (copy == LOADED) {
            loaded.read(frame, page);
        } else {
            HostMemory.read(copy, page);
        }
        return Content.BYTES;
    }

    /** What was kept of a page before its first write behind this state, were it many states later. */
    private long firstCopyOf(int frame) {
        long copy = NONE;
        for (EarlierPages at = this; at != null && copy == NONE; at = at.next) {
            copy = at.copyOf(frame);
        }
        return copy;
    }

    /** Nobody needs them any more. */
    void forget() {
        for (int i = 0; i < count; i++) {
            long copy = copyOf(frames[i]);
            if (copy > 0) {
                room.giveBack(copy);
            }
            set(frames[i], NONE);
        }
        count = 0;
        next = null;
    }
}
