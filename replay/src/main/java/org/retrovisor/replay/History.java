package org.retrovisor.replay;

import java.util.function.LongConsumer;
import org.retrovisor.monitor.Footprint;

/**
 * What is known of the guest's past: checkpoints in memory, those in the trace, and the index of what was executed and
 * touched. Several travellers share it, each on its own thread.
 */
final class History {
    private static final int NEARBY_SHARE = 8;
    /** Saved pages that nobody needs any more wait for the collector, which does not see them: it is called after so many bytes of new ones. */
    private static final long LEAST_COLLECTED = 256 << 20;

    private final Checkpoints checkpoints;
    private final RecordedCheckpoints recorded;
    private final IntervalIndex index = new IntervalIndex();
    private final long interval;
    private final long collectedAfter;
    private long savedSinceCollection;

    /** {@code interval} is the length of an interval of the index, in moments. */
    History(Checkpoints checkpoints, RecordedCheckpoints recorded, long beginning, long interval) {
        this.checkpoints = checkpoints;
        this.recorded = recorded;
        this.interval = interval;
        this.collectedAfter = Math.max(LEAST_COLLECTED, checkpoints.budget());
        recorded.addFootprints(index, beginning);
    }

    /** Is told of the moment of each checkpoint that was read from the trace. */
    synchronized void listener(LongConsumer told) {
        recorded.listener(told);
    }

    /** The moment of the latest checkpoint at or before a moment, in memory or in the trace. */
    synchronized long floorMoment(long moment) {
        return Math.max(checkpoints.floor(moment).moment(), recorded.floor(moment));
    }

    /**
     * That checkpoint.
     *
     * @throws org.retrovisor.trace.TraceException when it is in the trace and damaged
     */
    synchronized Checkpoint floor(long moment) {
        Checkpoint known = checkpoints.floor(moment);
        if (known.moment() >= recorded.floor(moment)) {
            return known;
        }
        Checkpoint read = recorded.read(moment, checkpoints.first().ram());
        add(read);
        return read;
    }

    /** The next moment, from {@code moment} on, at which a regular checkpoint is due. */
    synchronized long nextDue(long moment) {
        return checkpoints.nextDue(moment);
    }

    synchronized void add(Checkpoint checkpoint) {
        checkpoints.add(checkpoint);
        collectSometimes(checkpoint);
    }

    synchronized void addNear(Checkpoint checkpoint) {
        checkpoints.addNear(checkpoint);
        collectSometimes(checkpoint);
    }

    private void collectSometimes(Checkpoint added) {
        savedSinceCollection += added.ram().newBytes();
        if (savedSinceCollection > collectedAfter) {
            savedSinceCollection = 0;
            System.gc();
        }
    }

    /** The moment at which a footprint that began at {@code start} goes into the index at the latest. */
    long footprintEnd(long start) {
        return start + interval;
    }

    /** Whether the trace says as much of a footprint that would begin at {@code start}, if the recording ends at {@code end}. */
    boolean isFootprintRecorded(long start, long end) {
        return index.isRecorded(start, Math.min(footprintEnd(start), end), interval);
    }

    /** How far back executing costs next to nothing, so that it is not worth asking the index. */
    long nearby() {
        return interval / NEARBY_SHARE;
    }

    void add(long low, long high, Footprint footprint) {
        index.add(low, high, footprint);
    }

    IntervalIndex index() {
        return index;
    }

    synchronized Timeline.CheckpointUse use() {
        return new Timeline.CheckpointUse(checkpoints.count(), checkpoints.spacing(), checkpoints.bytes());
    }
}
