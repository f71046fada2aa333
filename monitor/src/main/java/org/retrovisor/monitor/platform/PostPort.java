package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The power-on self-test port (0x80): firmware shows its progress there, kernels write to it to pass a microsecond. */
final class PostPort implements Device {
    private int shown;

    @Override
    public long read(long offset, int size, long now) {
        return shown;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        shown = (int) value & 0xFF;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeByte(shown);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        shown = in.readUnsignedByte();
    }
}
