package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Guest time that follows the host's: nanoseconds since the first question.
 *
 * <p>The host's clock is only asked, through the given supplier, at accesses and once per slice of instructions, so a
 * device deadline is met up to one slice late.
 */
public final class HostClock implements GuestClock {
    /** Half a millisecond for an engine of 40 million instructions per second. */
    public static final long DEFAULT_SLICE = 20_000;

    /** An idle processor looks around at least this often, so that a request to stop is not overslept. */
    private static final long LONGEST_WAIT = 100_000_000L;

    private final LongSupplier hostNanos;
    private final Waiter waiter;
    private final long slice;
    private boolean started;
    private long origin;
    private long latest;

    /**
     * @param hostNanos the host's monotonic clock in nanoseconds, any origin
     * @param waiter how to sleep
     * @param slice instructions between two looks at the clock
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
        return moment + slice;
    }

    @Override
    public boolean idle(long deadline, long moment) {
        long wait = Math.min(LONGEST_WAIT, deadline == Device.NEVER ? LONGEST_WAIT : deadline - now(moment));
        if (wait > 0) {
            waiter.await(wait);
        }
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
