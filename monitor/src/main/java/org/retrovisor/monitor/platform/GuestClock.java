package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Guest time: nanoseconds since power-on, never decreasing.
 *
 * <p>Every device, the timestamp counter (1 GHz) and the local APIC timer (bus clock 1 GHz) run from this one clock. A
 * moment is the number of instructions retired since power-on.
 */
public interface GuestClock {
    /** The guest time at {@code moment}. */
    long now(long moment);

    /**
     * The moment at which devices should be looked at next when the earliest of them is due at guest time
     * {@code deadline}; always after {@code moment}.
     */
    long attention(long deadline, long moment);

    /**
     * Lets guest time pass, without an instruction being executed, until {@code deadline} or until something arrives
     * from outside.
     *
     * @return false when waiting is pointless: there is no deadline, and nothing can come from outside
     */
    boolean idle(long deadline, long moment);

    /** Writes what a restored machine needs for its time to go on from here. */
    void save(DataOutput out, long moment) throws IOException;

    /** Takes over a time written by {@link #save} on a clock of the same kind. */
    void restore(DataInput in, long moment) throws IOException;
}
