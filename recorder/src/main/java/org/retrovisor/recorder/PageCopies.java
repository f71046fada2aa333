package org.retrovisor.recorder;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.memory.HugePieces;

/** Room for copies of pages, which is found once and used again and again. For one thread at a time. */
final class PageCopies implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final HugePieces pieces = new HugePieces(arena);
    /** Host addresses of all places that were ever needed at once. */
    private final List<Long> places = new ArrayList<>();
    private int used;

    /** Copies a page; the host address of the copy. */
    long copy(long page) {
        if (used == places.size()) {
            places.add(pieces.take(GuestMemory.PAGE).address());
        }
        long place = places.get(used++);
        HostMemory.copy(page, place, GuestMemory.PAGE);
        return place;
    }

    /** Nobody needs the copies any more. */
    void forget() {
        used = 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
