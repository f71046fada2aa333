package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.retrovisor.monitor.boundary.StopReason;

/** The port with which a test guest ends its run and says how it went (port 0xF4, up to 32 bits). */
final class DebugExitPort implements Device {
    private final PlatformRequests requests;
    private int value;

    DebugExitPort(PlatformRequests requests) {
        this.requests = requests;
    }

    /** The last value written. */
    int value() {
        return value;
    }

    @Override
    public long read(long offset, int size, long now) {
        return 0;
    }

    @Override
    public void write(long offset, int size, long written, long now) {
        value = (int) written;
        requests.stop(StopReason.DEBUG_EXIT);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeInt(value);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        value = in.readInt();
    }
}
