package org.retrovisor.recorder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HugePieces;

/**
 * What RAM held at the state saved before, so that a checkpoint need only store differences.
 *
 * <p>A kernel patches its code all over while it boots; its pages are written and stay nearly the same. Off the heap, in pieces made when
 * they are needed, up to {@link #MOST_BYTES}: then nothing is known any more, and whole pages are stored.
 */
final class KnownPages implements AutoCloseable {
    static final long MOST_BYTES = 256L << 20;
    private static final int PAGE = GuestMemory.PAGE;
    private static final int PIECE = 64;
    private static final long PIECE_BYTES = (long) PIECE * PAGE;

    private final long most;
    private final MemorySegment[] pieces;
    private final long[] old = new long[PAGE / Long.BYTES];
    private Arena arena = Arena.ofShared();
    private final HugePieces memory = new HugePieces(arena);
    private long bytes;

    /** Pages of zeros, for RAM of so many frames; up to {@code most} bytes are kept. */
    KnownPages(int frameCount, long most) {
        this.most = most;
        pieces = new MemorySegment[(frameCount + PIECE - 1) / PIECE];
    }

    /** Makes room for the pages of a state; whether they may be known, and stored as differences. */
    boolean reserve(int[] frames) {
        for (int frame : frames) {
            if (!reserve(frame)) {
                return false;
            }
        }
        return arena != null;
    }

    private boolean reserve(int frame) {
        if (arena != null && pieces[frame / PIECE] == null) {
            bytes += PIECE_BYTES;
            if (bytes > most) {
                close();
            } else {
                pieces[frame / PIECE] = memory.take(PIECE_BYTES);
            }
        }
        return arena != null;
    }

    /** How a page is best stored. */
    enum Change {
        NONE, DIFFERENCE, PAGE
    }

    /** Takes note of a page, unless nothing is known any more. */
    void note(int frame, long[] page) {
        if (arena != null) {
            MemorySegment.copy(page, 0, pieces[frame / PIECE], ValueLayout.JAVA_LONG, offset(frame), page.length);
        }
    }

    /** Takes note of a page that there is room for, and leaves the difference to what it held before in its place, if it is to be stored so. */
    Change subtract(int frame, long[] page) {
        MemorySegment.copy(pieces[frame / PIECE], ValueLayout.JAVA_LONG, offset(frame), old, 0, old.length);
        note(frame, page);
        int changed = 0;
        for (int i = 0; i < page.length; i++) {
            old[i] ^= page[i];
            changed += old[i] == 0 ? 0 : 1;
        }
        if (changed > page.length / 2) {
            return Change.PAGE; // it has nothing to do with what was there before
        }
        System.arraycopy(old, 0, page, 0, page.length);
        return changed == 0 ? Change.NONE : Change.DIFFERENCE;
    }

    private static long offset(int frame) {
        return (long) (frame % PIECE) * PAGE;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }
}
