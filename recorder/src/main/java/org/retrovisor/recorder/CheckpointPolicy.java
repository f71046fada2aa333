package org.retrovisor.recorder;

/**
 * When a recording leaves a checkpoint in its trace.
 *
 * <p>A checkpoint is due when an eighth of all moments so far, and at least {@link #NEAREST}, have passed since the one
 * before. So their number grows with the logarithm of the length: from any moment it is at most a ninth of the way from
 * power-on back to one, and a recording ten times as long has 20 more.
 *
 * <p>But recording must not become slower. The next one waits until the recording has run {@link #PATIENCE} times as long
 * as it was held up by the last one: checkpoints cost at most 2 %. They end when {@link #MOST_BYTES} of the disk are used
 * up, or {@link org.retrovisor.trace.CheckpointFolder#MOST} are there; the one at the end of the recording is outside this
 * budget. Pure: all it knows it is told, times in nanoseconds of any clock.
 */
final class CheckpointPolicy {
    /** Moments. A fast engine needs a sixth of a second for that. */
    static final long NEAREST = 1 << 26;

    static final int PATIENCE = 50;
    static final long MOST_BYTES = 256L << 20;
    /** One is left for the end. */
    static final int MOST = org.retrovisor.trace.CheckpointFolder.MOST - 1;

    private final long nearest;
    private long dueMoment;
    private long dueNanos;
    private int count;
    private long bytes;

    /** A recording begins at a moment; {@code nearest} is usually {@link #NEAREST}. */
    CheckpointPolicy(long moment, long nanos, long nearest) {
        this.nearest = nearest;
        dueMoment = moment + nearest;
        dueNanos = nanos;
    }

    /** The moment from which on it is worth asking {@link #due}; {@link Long#MAX_VALUE} for never again. */
    long dueMoment() {
        return dueMoment;
    }

    /** Whether a checkpoint is due at a moment. */
    boolean due(long moment, long nanos) {
        return moment >= dueMoment && nanos - dueNanos >= 0;
    }

    /** One was taken, which held the recording up from {@code began} to {@code ended}. */
    void taken(long moment, long began, long ended) {
        count++;
        dueMoment = count < MOST && bytes < MOST_BYTES ? moment + Math.max(nearest, moment >>> 3) : Long.MAX_VALUE;
        dueNanos = ended + PATIENCE * (ended - began);
    }

    /** One turned out to take so many bytes of the disk. */
    void stored(long newBytes) {
        bytes += newBytes;
        if (bytes >= MOST_BYTES) {
            dueMoment = Long.MAX_VALUE;
        }
    }
}
