package org.retrovisor.recorder;

import java.util.Arrays;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.HugePieces;
import org.retrovisor.monitor.memory.RegionsAhead;

/** Room for copies of pages, which is found once and used again and again. For the machine's thread. */
final class PageRoom implements AutoCloseable {
    /** Regions found ahead of need: as many as a guest needs in some milliseconds. */
    private static final int AHEAD = 2;

    private final RegionsAhead regions = new RegionsAhead(AHEAD, HelperThreads.ofMemory());
    private final HugePieces pieces = new HugePieces(regions::take);
    private final int most;
    private int found;
    /** Host addresses of places that nobody has. */
    private long[] free = new long[64];

    private int freeCount;

    /** For copies of up to so many bytes at once. */
    PageRoom(long mostBytes) {
        most = (int) Math.min(Integer.MAX_VALUE, mostBytes / GuestMemory.PAGE);
    }

    boolean isFull() {
        return freeCount == 0 && found == most;
    }

    boolean isHalfFull() {
        return found - freeCount >= most / 2;
    }

    /** Copies a page; the host address of the copy. There must be room. */
    long copy(long page) {
        long place = freeCount > 0 ? free[--freeCount] : find();
        HostMemory.copy(page, place, GuestMemory.PAGE);
        return place;
    }

    private long find() {
        if (isFull()) {
            throw new IllegalStateException("no room for another copy");
        }
        found++;
        return pieces.take(GuestMemory.PAGE).address();
    }

    /** Nobody needs the copy at this address any more. */
    void giveBack(long place) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = place;
    }

    @Override
    public void close() {
        regions.close();
    }
}
