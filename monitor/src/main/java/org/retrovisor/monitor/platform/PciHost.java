package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.retrovisor.monitor.boundary.StopReason;

/**
 * PCI configuration mechanism #1 (PCI Local Bus Specification 2.1) with a host bridge as the only device, and the reset
 * control register that chipsets keep between its two ports. Offset 0 is port 0xCF8, offset 4 is port 0xCFC.
 */
final class PciHost implements Device {
    static final int ADDRESS = 0;
    static final int RESET_CONTROL = 1;
    static final int DATA = 4;

    private static final long ADDRESS_ENABLE = 0x8000_0000L;
    private static final long ADDRESS_WRITABLE = 0x80FF_FFFCL;
    private static final int RESET_PROCESSOR = 0x04;
    private static final int RESET_WRITABLE = 0x0E;

    /** The device that answers: a generic host bridge without resources. */
    private static final int VENDOR_DEVICE = 0x0008_1B36;

    private static final int CLASS_HOST_BRIDGE = 0x0600_0000;

    private final PlatformRequests requests;
    private long address;
    private int resetControl;

    PciHost(PlatformRequests requests) {
        this.requests = requests;
    }

    @Override
    public long read(long offset, int size, long now) {
        if (offset >= DATA) {
            return configuration() >>> (8 * (offset - DATA));
        }
        if (offset == ADDRESS && size == 4) {
            return address;
        }
        return offset == RESET_CONTROL && size == 1 ? resetControl : -1L;
    }

    /** The 32-bit configuration register that is addressed; all ones where no device is. */
    private long configuration() {
        if ((address & ADDRESS_ENABLE) == 0 || (address & 0x00FF_FF00L) != 0) {
            return 0xFFFF_FFFFL;
        }
        return switch ((int) address & 0xFC) {
            case 0x00 -> VENDOR_DEVICE;
            case 0x08 -> CLASS_HOST_BRIDGE;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        // Only 32-bit accesses reach the address register; a byte at the same place is another register.
        if (offset == ADDRESS && size == 4) {
            address = value & ADDRESS_WRITABLE;
        } else if (offset == RESET_CONTROL && size == 1) {
            writeResetControl((int) value);
        }
    }

    private void writeResetControl(int value) {
        boolean rises = (value & ~resetControl & RESET_PROCESSOR) != 0;
        resetControl = value & RESET_WRITABLE;
        if (rises) {
            requests.stop(StopReason.RESET);
        }
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeLong(address);
        out.writeByte(resetControl);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        address = in.readLong() & ADDRESS_WRITABLE;
        resetControl = in.readUnsignedByte();
    }
}
