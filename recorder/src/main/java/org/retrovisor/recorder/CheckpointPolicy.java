package org.retrovisor.recorder;

/**
 * When a recording leaves a checkpoint in its trace.
 *
 * <p>A checkpoint is due when an eighth of all moments so far, and at least {@link #NEAREST}, have passed since the one
 * before. So their number grows with the logarithm of the length: from any moment it is at most a ninth of the way from
 * power-on back to one, and a recording ten times as long has 20 more.
 *
 * <p>It has to be worth its pages, too: for each page written since the one before, a {@link #PAGE_SHARE}th of the nearest distance must have
 * passed. So it costs a small share of what executing that way again does. While a kernel unpacks itself and sets up its memory it is not worth it:
 * whatever is written then is copied before it is written again soon after. Then a way back is longer by that, at most 16384 moments for each
 * page of RAM.
 *
 * <p>But recording must not become slower: all of them together may hold it up for a {@link #SHARE}th of its time, 2 %, and
 * {@link #ALLOWANCE} besides, because the first has to copy what the loader and the decompressor of a kernel leave, and those behind it
 * are cheap. The one that goes beyond that is the last until the time for it has passed. They end when {@link #MOST_BYTES} of the
 * disk are used up, or {@link org.retrovisor.trace.CheckpointFolder#MOST} are there; the one at the end of the recording is
 * outside this budget. Pure: all it knows it is told, times in nanoseconds of any clock.
 */
final class CheckpointPolicy {
    /** Moments. A fast engine needs 25 milliseconds for that. */
    static final long NEAREST = 1 << 25;

    /** A page has to be worth this part of {@link #NEAREST}: 16384 moments, which a fast engine needs 10 microseconds for. */
    static final int PAGE_SHARE = 1 << 11;

    /** Of intervals, in parts of {@link #NEAREST}. */
    static final int SHORTEST = 8;

    /** Of what a guest does first, in parts of {@link #NEAREST}: about what it takes to boot, where it goes where it never was before, mostly. */
    static final int BEGINNING = 40;

    static final int SHARE = 50;
    /** Nanoseconds. */
    static final long ALLOWANCE = 200_000_000;
    static final long MOST_BYTES = 256L << 20;
    /** One is left for the end. */
    static final int MOST = org.retrovisor.trace.CheckpointFolder.MOST - 1;

    private final long nearest;
    private final long beganMoment;
    private long lastMoment;
    private long dueMoment;
    private final long beganNanos;
    private long spentNanos;
    private int count;
    private long bytes;

    /** A recording begins at a moment; {@code nearest} is usually {@link #NEAREST}. */
    CheckpointPolicy(long moment, long nanos, long nearest) {
        this.nearest = nearest;
        beganMoment = moment;
        lastMoment = moment;
        dueMoment = moment + nearest;
        beganNanos = nanos;
    }

    /**
     * Where the next interval of the index is to end when the last one ended at a moment, if no checkpoint ends it before: where checkpoints lie far
     * apart there are eight times as many, so that a search knows where between two of them to look. Each costs the guest a millisecond while Java
     * has not compiled much, for it finds its pages and blocks anew; the shortest of {@link #SHORTEST} times the nearest distance takes a fast engine 130.
     */
    long intervalEnd(long moment) {
        return moment + Math.max(SHORTEST * nearest, moment >>> 6);
    }

    /** Whether a guest is past its beginning, in which most of what is executed is executed for the first time. */
    boolean hasBegun(long moment) {
        return moment - beganMoment >= BEGINNING * nearest;
    }

    /** The moment from which on it is worth asking {@link #due}; {@link Long#MAX_VALUE} for never again. */
    long dueMoment() {
        return dueMoment;
    }

    /** Whether a checkpoint is due at a moment. */
    boolean due(long moment, long nanos) {
        return moment >= dueMoment && spentNanos <= ALLOWANCE + (nanos - beganNanos) / SHARE;
    }

    /** Whether one that is due is worth so many pages, too; if not, it is due again later. */
    boolean worth(long moment, long pages) {
        long earliest = lastMoment + pages * nearest / PAGE_SHARE;
        if (moment < earliest) {
            dueMoment = Math.max(earliest, moment + nearest / 8); // counting pages takes time as well
        }
        return moment >= earliest;
    }

    /** One was taken, which held the recording up from {@code began} to {@code ended}. */
    void taken(long moment, long began, long ended) {
        count++;
        lastMoment = moment;
        dueMoment = count < MOST && bytes < MOST_BYTES ? moment + Math.max(nearest, moment >>> 3) : Long.MAX_VALUE;
        spentNanos += ended - began;
    }

    /** One turned out to take so many bytes of the disk. */
    void stored(long newBytes) {
        bytes += newBytes;
        if (bytes >= MOST_BYTES) {
            dueMoment = Long.MAX_VALUE;
        }
    }
}
