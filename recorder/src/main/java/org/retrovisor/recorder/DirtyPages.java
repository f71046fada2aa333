package org.retrovisor.recorder;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.MachineStateWriter;

/**
 * The pages of RAM that were written from one state to the next, as they were then, while the machine goes on.
 *
 * <p>They stay in RAM, where another thread reads them; those that the machine has written to since are in {@link EarlierPages}.
 */
final class DirtyPages {
    /** Half a megabyte takes a millisecond. */
    private static final int PAGES_AT_ONCE = 128;
    private static final int WORDS = GuestMemory.PAGE / Long.BYTES;

    private final GuestMemory memory;
    private final int[] frames;
    private final EarlierPages before;
    private final EarlierPages since;
    private final Pace pace;
    private final long[] page = new long[WORDS];
    private final long[] old = new long[WORDS];

    /**
     * All that is dirty; between two instructions.
     *
     * @param before what they held at the state before
     * @param since what they hold now, of those that will be written
     * @param pace whoever writes them keeps to it
     */
    DirtyPages(GuestMemory memory, EarlierPages before, EarlierPages since, Pace pace) {
        this.memory = memory;
        this.before = before;
        this.since = since;
        this.pace = pace;
        frames = memory.dirtyFrames();
    }

    /** Writes all of them. */
    void writeTo(MachineStateWriter writer) {
        forEach(frame -> writer.page(frame, page));
    }

    /** Writes what differs from the state before. */
    void writeDifferencesTo(MachineStateWriter writer) {
        forEach(frame -> {
            switch (subtract(frame)) {
                case NONE -> {}
                case DIFFERENCE -> writer.difference(frame, page);
                case PAGE -> writer.page(frame, page);
            }
        });
    }

    /** Reads one after the other. */
    private void forEach(IntConsumer taker) {
        for (int i = 0; i < frames.length; i++) {
            if (i % PAGES_AT_ONCE == 0) {
                pace.await();
            }
            since.read(frames[i], memory.hostOf(frames[i]), page);
            taker.accept(frames[i]);
        }
    }

    /** How a page is best stored. */
    private enum Change {
        NONE, DIFFERENCE, PAGE
    }

    /** Leaves the difference in place of the page if it is to be stored so. */
    private Change subtract(int frame) {
        return switch (before.before(frame, old)) {
            case LOST -> Change.PAGE;
            case ZEROS -> Arrays.equals(page, old) ? Change.NONE : Change.PAGE;
            case BYTES -> subtract();
        };
    }

    private Change subtract() {
        int changed = 0;
        for (int i = 0; i < WORDS; i++) {
            old[i] ^= page[i];
            changed += old[i] == 0 ? 0 : 1;
        }
        if (changed > WORDS / 2) {
            return Change.PAGE; // it has nothing to do with what was there before
        }
        System.arraycopy(old, 0, page, 0, WORDS);
        return changed == 0 ? Change.NONE : Change.DIFFERENCE;
    }
}
