package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.retrovisor.monitor.boundary.StopReason;

/**
 * The fixed hardware of ACPI (ACPI specification, "Fixed Hardware Registers"): PM1a event block, PM1a control block and
 * the 32-bit power management timer, in one window of 12 bytes. The machine is always in ACPI mode.
 */
final class AcpiPowerManagement implements Device {
    static final int STATUS = 0;
    static final int ENABLE = 2;
    static final int CONTROL = 4;
    static final int TIMER = 8;
    static final int LENGTH = 12;

    /** What the DSDT's \_S5 package says: the sleep type of soft-off. */
    static final int SLEEP_TYPE_SOFT_OFF = 5;

    static final long TIMER_HERTZ = 3_579_545;

    private static final int STATUS_TIMER = 0x0001;
    private static final int STATUS_POWER_BUTTON = 0x0100;
    private static final int STATUS_CLEARABLE = 0x8731;
    private static final int ENABLE_WRITABLE = 0x4721;
    private static final int CONTROL_SCI_ENABLE = 0x0001;
    private static final int CONTROL_WRITABLE = 0x1C02;
    private static final int CONTROL_SLEEP_ENABLE = 0x2000;

    /** The status bit is set whenever the highest bit of the timer changes. */
    private static final int CARRY_SHIFT = 31;

    private final Oscillator clock = new Oscillator(TIMER_HERTZ);
    private final InterruptLine sci;
    private final PlatformRequests requests;
    private int status;
    private int enable;
    private int control;
    private long done;

    AcpiPowerManagement(InterruptLine sci, PlatformRequests requests) {
        this.sci = sci;
        this.requests = requests;
    }

    /** The power button is pressed. */
    void pressPowerButton() {
        status |= STATUS_POWER_BUTTON;
        update();
    }

    @Override
    public long read(long offset, int size, long now) {
        advance(now);
        long value = 0;
        for (int part = 0; part < size; part++) {
            value |= (registers((int) offset + part, now) & 0xFF) << (8 * part);
        }
        return value;
    }

    private long registers(int offset, long now) {
        if (offset >= TIMER) {
            return clock.ticksAt(now) >>> (8 * (offset - TIMER));
        }
        int register = switch (offset & ~1) {
            case STATUS -> status;
            case ENABLE -> enable;
            case CONTROL -> control | CONTROL_SCI_ENABLE;
            default -> 0;
        };
        return register >> (8 * (offset & 1));
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        advance(now);
        for (int part = 0; part < size; part++) {
            int at = (int) offset + part;
            int shift = 8 * (at & 1);
            writeByte(at & ~1, ((int) (value >> (8 * part)) & 0xFF) << shift, 0xFF << shift);
        }
        update();
    }

    private void writeByte(int register, int value, int mask) {
        switch (register) {
            case STATUS -> status &= ~(value & STATUS_CLEARABLE);
            case ENABLE -> enable = enable & ~mask | value & ENABLE_WRITABLE;
            case CONTROL -> {
                control = control & ~mask | value & CONTROL_WRITABLE;
                sleep((value & CONTROL_SLEEP_ENABLE) != 0);
            }
            default -> {} // the timer is read-only
        }
    }

    private void sleep(boolean now) {
        if (now && (control >> 10 & 7) == SLEEP_TYPE_SOFT_OFF) {
            requests.stop(StopReason.POWER_OFF);
        }
    }

    @Override
    public long deadline() {
        if ((enable & STATUS_TIMER) == 0 || (status & STATUS_TIMER) != 0) {
            return NEVER;
        }
        return clock.timeOf(((clock.ticksAt(done) >>> CARRY_SHIFT) + 1) << CARRY_SHIFT);
    }

    @Override
    public void advance(long now) {
        if (clock.ticksAt(now) >>> CARRY_SHIFT != clock.ticksAt(done) >>> CARRY_SHIFT) {
            status |= STATUS_TIMER;
            update();
        }
        done = now;
    }

    private void update() {
        sci.level((status & enable) != 0);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeShort(status);
        out.writeShort(enable);
        out.writeShort(control);
        out.writeLong(done);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        status = in.readUnsignedShort();
        enable = in.readUnsignedShort();
        control = in.readUnsignedShort();
        done = in.readLong();
    }
}
