package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.retrovisor.monitor.boundary.StopReason;

/** System control port A (port 0x92): fast A20, which is always on here, and fast reset. */
final class FastGate implements Device {
    private static final int RESET = 0x01;
    private static final int A20 = 0x02;

    private final PlatformRequests requests;
    private int written = A20;

    FastGate(PlatformRequests requests) {
        this.requests = requests;
    }

    @Override
    public long read(long offset, int size, long now) {
        return written;
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        written = (int) value & ~RESET & 0xFF;
        if ((value & RESET) != 0) {
            requests.stop(StopReason.RESET);
        }
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeByte(written);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        written = in.readUnsignedByte();
    }
}
