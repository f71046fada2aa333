package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The timer of a local APIC (Intel SDM volume 3, "APIC Timer"): one-shot, periodic and TSC-deadline.
 *
 * <p>The bus clock and the TSC both run at 1 GHz, so that one bus tick and one TSC tick are one guest nanosecond.
 */
final class ApicTimer {
    static final int ONE_SHOT = 0;
    static final int PERIODIC = 1;
    static final int TSC_DEADLINE = 2;

    private static final long NEVER = Device.NEVER;

    private int mode = ONE_SHOT;
    private int divideConfiguration;
    private long initialCount;
    /** When it fires, in guest nanoseconds. */
    private long end = NEVER;

    /** The mode bits of the timer's local vector entry; leaving or entering TSC-deadline mode disarms. */
    void setMode(int newMode) {
        if ((newMode == TSC_DEADLINE) != (mode == TSC_DEADLINE)) {
            end = NEVER;
            initialCount = 0;
        }
        mode = newMode;
    }

    /** The divide configuration register: bits 0, 1 and 3. */
    int divideConfiguration() {
        return divideConfiguration;
    }

    void setDivideConfiguration(int value, long now) {
        long count = currentCount(now);
        divideConfiguration = value & 0xB;
        if (count != 0) {
            end = now + count * divisor();
        }
    }

    long initialCount() {
        return initialCount;
    }

    /** Starts a countdown; 0 stops the timer. Ignored in TSC-deadline mode. */
    void setInitialCount(long count, long now) {
        if (mode == TSC_DEADLINE) {
            return;
        }
        initialCount = count;
        end = count == 0 ? NEVER : now + count * divisor();
    }

    /** What is left of the countdown. */
    long currentCount(long now) {
        if (mode == TSC_DEADLINE || end == NEVER || end <= now) {
            return 0;
        }
        return Math.ceilDiv(end - now, divisor());
    }

    /** IA32_TSC_DEADLINE as RDMSR shows it: 0 when the timer is not armed. */
    long tscDeadline() {
        return mode == TSC_DEADLINE && end != NEVER ? end : 0;
    }

    /** Arms the timer for a TSC value; 0 disarms. Ignored in the other modes. */
    void setTscDeadline(long value) {
        if (mode == TSC_DEADLINE) {
            // A deadline beyond the years 2^63 ns can hold is never reached.
            end = value == 0 || value < 0 ? NEVER : value;
        }
    }

    long deadline() {
        return end;
    }

    /** True when the timer has fired since the last call; several missed periods are one. */
    boolean fires(long now) {
        if (end > now || end == NEVER) {
            return false;
        }
        if (mode == PERIODIC) {
            long period = initialCount * divisor();
            end += ((now - end) / period + 1) * period;
        } else {
            end = NEVER;
        }
        return true;
    }

    void stop() {
        mode = ONE_SHOT;
        divideConfiguration = 0;
        initialCount = 0;
        end = NEVER;
    }

    /** Bits 3, 1, 0 of the configuration: 000 is 2, 001 is 4, ... 110 is 128, 111 is 1. */
    private long divisor() {
        int code = (divideConfiguration >> 1 & 4) | (divideConfiguration & 3);
        return code == 7 ? 1 : 2L << code;
    }

    void save(DataOutput out) throws IOException {
        out.writeInt(mode);
        out.writeInt(divideConfiguration);
        out.writeLong(initialCount);
        out.writeLong(end);
    }

    void restore(DataInput in) throws IOException {
        mode = in.readInt();
        divideConfiguration = in.readInt() & 0xB;
        initialCount = in.readLong();
        end = in.readLong();
        if (mode == PERIODIC && end != NEVER && initialCount <= 0) {
            throw new IOException("a periodic APIC timer runs without a period");
        }
    }
}
