package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Guest time that follows the host's: nanoseconds since the first question.
 *
 * <p>The host's clock is only asked, through the given supplier, at accesses and once per slice of instructions, so a
 * device deadline is met up to one slice late. A slice has as many instructions as the last one shows to take
 * {@value #SLICE_NANOS} ns, or as many as take until the deadline if that is sooner, but never fewer than the shortest: each costs
 * the engine a way out and back.
 */
public final class HostClock implements GuestClock {
    /** Half a millisecond for an engine of 40 million instructions per second. */
    public static final long SHORTEST_SLICE = 20_000;

    /** How long a slice takes, in nanoseconds, on engines that execute more than the shortest in that time. */
    private static final long SLICE_NANOS = 100_000;
    /** An engine is not believed to be faster than this: instructions per nanosecond. */
    private static final long FASTEST = 8;

    /** An idle processor looks around at least this often, so that a request to stop is not overslept. */
    private static final long LONGEST_WAIT = 100_000_000L;

    private final LongSupplier hostNanos;
    private final Waiter waiter;
    private final long slice;
    private boolean started;
    private long origin;
    private long latest;
    /** When a slice was begun last. */
    private long sliceTime;

    private long sliceMoment;
    /** Instructions in {@link #SLICE_NANOS}, as the last whole slice shows. */
    private long speed;

    /**
     * @param hostNanos the host's monotonic clock in nanoseconds, any origin
     * @param waiter how to sleep
     * @param slice the fewest instructions between two looks at the clock
     */
    public HostClock(LongSupplier hostNanos, Waiter waiter, long slice) {
        if (slice <= 0) {
            throw new IllegalArgumentException("a slice has at least one instruction, not " + slice);
        }
        this.hostNanos = hostNanos;
        this.waiter = waiter;
        this.slice = slice;
    }

    @Override
    public long now(long moment) {
        long host = hostNanos.getAsLong();
        if (!started) {
            started = true;
            origin = host - latest;
        }
        // Clocks of virtual machines have been seen to step back; the guest's never does.
        latest = Math.max(latest, host - origin);
        return latest;
    }

    @Override
    public long attention(long deadline, long moment) {
        measure(moment);
        long time = Math.clamp(deadline - latest, 0, SLICE_NANOS);
        return moment + Math.max(slice, speed * time / SLICE_NANOS);
    }

    /** Learns from a stretch that is long enough to tell something; sleeping is not part of any. */
    private void measure(long moment) {
        long instructions = moment - sliceMoment;
        if (instructions >= 0 && instructions < slice) {
            return;
        }
        long nanos = now(moment) - sliceTime;
        if (instructions > 0 && nanos > 0) {
            long most = FASTEST * SLICE_NANOS;
            speed = instructions >= nanos * FASTEST ? most : instructions * SLICE_NANOS / nanos;
        }
        begin(moment);
    }

    private void begin(long moment) {
        sliceMoment = moment;
        sliceTime = latest;
    }

    @Override
    public boolean idle(long deadline, long moment) {
        long wait = Math.min(LONGEST_WAIT, deadline == Device.NEVER ? LONGEST_WAIT : deadline - now(moment));
        if (wait > 0) {
            waiter.await(wait);
            now(moment);
        }
        begin(moment);
        return true;
    }

    @Override
    public void save(DataOutput out, long moment) throws IOException {
        out.writeLong(now(moment));
    }

    @Override
    public void restore(DataInput in, long moment) throws IOException {
        latest = in.readLong();
        started = false;
    }
}
