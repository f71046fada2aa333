package org.retrovisor.monitor.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Pages of RAM whose bytes lie in a loader's array, too, as those of a kernel's image do: what such a page held need not be copied before it is
 * written first. Any thread may {@link #read} once the guest runs.
 */
public final class LoadedPages {
    private final List<Range> ranges = new ArrayList<>();
    /** Frames that were not written since. */
    private final BitSet intact = new BitSet();

    /** Frames in a row, and where in an array the bytes of the first one are; nobody writes to the array. */
    private record Range(int first, int count, byte[] image, int offset) {
        boolean has(int frame) {
            return frame >= first && frame - first < count;
        }

        int offsetOf(int frame) {
            return offset + (frame - first) * GuestMemory.PAGE;
        }
    }

    LoadedPages() {}

    /** So many frames in a row were loaded from an array. */
    void add(int first, int count, byte[] image, int offset) {
        ranges.addFirst(new Range(first, count, image, offset));
        intact.set(first, first + count);
    }

    /** A frame will be written. */
    void written(int frame) {
        intact.clear(frame);
    }

    /** Whether a frame holds what it was loaded with, for it was not written since. For the machine's thread. */
    public boolean isIntact(int frame) {
        return intact.get(frame);
    }

    /**
     * Copies what a frame was loaded with, eight bytes as one number.
     *
     * @param frame one of which {@link #isIntact} was true
     */
    public void read(int frame, long[] page) {
        Range range = rangeOf(frame);
        if (range == null) {
            throw new IllegalArgumentException("frame " + frame + " was not loaded");
        }
        HostMemory.read(range.image, range.offsetOf(frame), page);
    }

    /** What a frame was loaded from last; null if it was not. */
    private Range rangeOf(int frame) {
        for (Range range : ranges) {
            if (range.has(frame)) {
                return range;
            }
        }
        return null;
    }
}
