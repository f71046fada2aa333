package org.retrovisor.monitor.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * Pages of RAM whose bytes lie in a loader's array, too, as those of a kernel's image do: what such a page held need not be copied before it is
 * written. Any thread may ask once the guest runs.
 */
public final class LoadedPages {
    private final List<Range> ranges = new ArrayList<>();

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
    }

    /** Whether the page at a host address, which is this frame's, holds what the frame was loaded with. */
    public boolean holds(int frame, long page) {
        Range range = rangeOf(frame);
        return range != null && HostMemory.holds(page, range.image, range.offsetOf(frame), GuestMemory.PAGE);
    }

    /**
     * Copies what a frame was loaded with, eight bytes as one number.
     *
     * @param frame one of which {@link #holds} was true
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
