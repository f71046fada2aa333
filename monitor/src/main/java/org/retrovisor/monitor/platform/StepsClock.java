package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Guest time as a function of the moment: 10 ns per instruction, plus the idle time that was skipped.
 *
 * <p>Two runs with the same inputs are identical. Device deadlines are met at the exact instruction.
 */
public final class StepsClock implements GuestClock {
    /** A guest of 100 million instructions per guest second: slow enough that timer ticks do not eat the run. */
    public static final long NANOS_PER_INSTRUCTION = 10;

    private long skipped;

    @Override
    public long now(long moment) {
        return moment * NANOS_PER_INSTRUCTION + skipped;
    }

    @Override
    public long attention(long deadline, long moment) {
        if (deadline == Device.NEVER) {
            return Long.MAX_VALUE;
        }
        return Math.max(moment + 1, Math.ceilDiv(deadline - skipped, NANOS_PER_INSTRUCTION));
    }

    @Override
    public boolean idle(long deadline, long moment) {
        if (deadline == Device.NEVER) {
            return false;
        }
        skipped += Math.max(0, deadline - now(moment));
        return true;
    }

    @Override
    public void save(DataOutput out, long moment) throws IOException {
        out.writeLong(now(moment));
    }

    @Override
    public void restore(DataInput in, long moment) throws IOException {
        skipped = in.readLong() - moment * NANOS_PER_INSTRUCTION;
    }
}
