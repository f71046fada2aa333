package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The pvpanic port (0x505): a guest kernel reports its own panic. Noted, not acted on: what the kernel does after its
 * panic, a reset for instance, ends the run.
 */
final class PanicPort implements Device {
    /** The events that can be reported: panicked, and crash kernel loaded. */
    private static final int EVENTS = 0x03;

    private int reported;

    /** The events reported so far, as a bit mask. */
    int reported() {
        return reported;
    }

    @Override
    public long read(long offset, int size, long now) {
        return EVENTS;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        reported |= (int) value & EVENTS;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeByte(reported);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        reported = in.readUnsignedByte() & EVENTS;
    }
}
