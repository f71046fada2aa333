package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * A device: registers behind a window of ports or physical addresses, perhaps a deadline in guest time.
 *
 * <p>Offsets are relative to the window; the device does not know where it is. Time is guest time in nanoseconds since
 * power-on and is told, never asked for.
 */
public interface Device {
    /** No deadline. */
    long NEVER = Long.MAX_VALUE;

    /** The value of the register at {@code offset}; {@code size} is 1, 2, 4 or 8; unimplemented bits read as the datasheet says. */
    long read(long offset, int size, long now);

    /** Writes the register at {@code offset}. */
    void write(long offset, int size, long value, long now);

    /** The guest time of the device's next own action (a timer's end), or {@link #NEVER}. */
    default long deadline() {
        return NEVER;
    }

    /** Does all that is due up to guest time {@code now}. */
    default void advance(long now) {}

    /** Writes the whole state, so that {@link #restore} makes an equal device. */
    void save(DataOutput out) throws IOException;

    /** Takes over a state written by {@link #save}. */
    void restore(DataInput in) throws IOException;
}
