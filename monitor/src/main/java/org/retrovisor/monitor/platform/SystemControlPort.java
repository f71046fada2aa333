package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** System control port B of a PC (port 0x61): the speaker's gate and the signals that old calibration loops look at. */
final class SystemControlPort implements Device {
    private static final int GATE = 0x01;
    private static final int WRITABLE = 0x0F;
    private static final int REFRESH = 0x10;
    private static final int OUTPUT = 0x20;

    /** The memory refresh signal changes about every 15 microseconds. */
    private static final long REFRESH_NANOS = 15_085;

    private final Pit8254 timer;
    private int written;

    SystemControlPort(Pit8254 timer) {
        this.timer = timer;
    }

    @Override
    public long read(long offset, int size, long now) {
        int refresh = now / REFRESH_NANOS % 2 == 0 ? 0 : REFRESH;
        return written | refresh | (timer.speakerOutput(now) ? OUTPUT : 0);
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        written = (int) value & WRITABLE;
        timer.speakerGate((written & GATE) != 0, now);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeByte(written);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        written = in.readUnsignedByte() & WRITABLE;
    }
}
