package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The MC146818 real-time clock with 128 bytes of CMOS memory (Motorola MC146818A datasheet), index and data port.
 *
 * <p>The calendar is the epoch second at power-on, given from outside, plus guest time, plus what the guest has set.
 */
final class CmosRtc implements Device {
    static final int INDEX = 0;
    static final int DATA = 1;

    static final int SECONDS_ALARM = 1;
    static final int MINUTES_ALARM = 3;
    static final int HOURS_ALARM = 5;
    static final int REGISTER_A = 0x0A;
    static final int REGISTER_B = 0x0B;
    static final int REGISTER_C = 0x0C;
    static final int REGISTER_D = 0x0D;

    private static final int A_UPDATE_IN_PROGRESS = 0x80;
    private static final int B_SET = 0x80;
    private static final int B_PERIODIC = 0x40;
    private static final int B_ALARM = 0x20;
    private static final int B_UPDATE = 0x10;
    private static final int C_REQUEST = 0x80;
    private static final int C_PERIODIC = 0x40;
    private static final int C_ALARM = 0x20;
    private static final int C_UPDATE = 0x10;
    private static final int D_VALID = 0x80;
    /** An alarm byte of C0 to FF matches every value. */
    private static final int ANY = 0xC0;

    private static final long SECOND = 1_000_000_000L;
    /** The flag that an update is near is up for the last 244 microseconds before it. */
    private static final long UPDATE_WARNING = 244_000L;

    /** The base frequency of the periodic interrupt is that of the crystal. */
    private static final Oscillator CRYSTAL = new Oscillator(32_768);

    private final InterruptLine interrupt;
    private final byte[] memory = new byte[128];
    private RtcCalendar calendar;
    private int index;
    private int registerA = 0x26;
    private int registerB = 0x02;
    private int flags;
    private long done;
    private boolean nmiDisabled;

    /**
     * @param interrupt IRQ 8
     * @param epochSecond seconds since 1970 (UTC) at power-on
     * @param lowMemory bytes of RAM below 4 GiB
     * @param highMemory bytes of RAM above 4 GiB
     */
    CmosRtc(InterruptLine interrupt, long epochSecond, long lowMemory, long highMemory) {
        this.interrupt = interrupt;
        this.calendar = new RtcCalendar(epochSecond);
        memorySize(0x15, 640, 2);
        long extended = Math.min(0xFFFF, (lowMemory - (1 << 20)) >> 10);
        memorySize(0x17, extended, 2);
        memorySize(0x30, extended, 2);
        memorySize(0x34, Math.clamp((lowMemory - (16 << 20)) >> 16, 0, 0xFFFF), 2);
        memorySize(0x5B, highMemory >> 16, 3);
    }

    private void memorySize(int register, long value, int bytes) {
        for (int part = 0; part < bytes; part++) {
            memory[register + part] = (byte) (value >> (8 * part));
        }
    }

    @Override
    public long read(long offset, int size, long now) {
        if (offset == INDEX) {
            return 0xFF; // the index register is write-only on a PC
        }
        advance(now);
        return switch (index) {
            case REGISTER_A -> registerA | (updateIsNear(now) ? A_UPDATE_IN_PROGRESS : 0);
            case REGISTER_B -> registerB;
            case REGISTER_C -> readFlags();
            case REGISTER_D -> D_VALID;
            default -> RtcCalendar.isField(index)
                    ? calendar.read(index, registerB, seconds(now))
                    : memory[index] & 0xFF;
        };
    }

    @Override
    public void write(long offset, int size, long value, long now) {
        int data = (int) value & 0xFF;
        if (offset == INDEX) {
            index = data & 0x7F;
            nmiDisabled = (data & 0x80) != 0;
            return;
        }
        advance(now);
        switch (index) {
            case REGISTER_A -> registerA = data & 0x7F;
            case REGISTER_B -> writeRegisterB(data, now);
            case REGISTER_C, REGISTER_D -> {} // read-only
            default -> writeByte(data, now);
        }
    }

    private void writeByte(int data, long now) {
        if (RtcCalendar.isField(index)) {
            calendar.write(index, data, registerB, seconds(now));
        } else {
            memory[index] = (byte) data;
        }
    }

    private void writeRegisterB(int data, long now) {
        boolean wasSet = (registerB & B_SET) != 0;
        boolean set = (data & B_SET) != 0;
        // Setting SET aborts updates and turns their interrupt off.
        registerB = set ? data & ~B_UPDATE : data;
        if (set && !wasSet) {
            calendar.freeze(seconds(now));
        } else if (!set && wasSet) {
            calendar.resume(seconds(now));
        }
        update();
    }

    private int readFlags() {
        int value = flags;
        flags = 0;
        update();
        return value;
    }

    private boolean updateIsNear(long now) {
        return (registerB & B_SET) == 0 && now % SECOND >= SECOND - UPDATE_WARNING;
    }

    private static long seconds(long now) {
        return now / SECOND;
    }

    @Override
    public long deadline() {
        // While a request waits to be read, the line is up and nothing further changes it.
        if ((flags & C_REQUEST) != 0) {
            return NEVER;
        }
        long next = NEVER;
        if ((registerB & (B_ALARM | B_UPDATE)) != 0 && (registerB & B_SET) == 0) {
            next = (seconds(done) + 1) * SECOND;
        }
        if ((registerB & B_PERIODIC) != 0 && periodTicks() != 0) {
            long period = CRYSTAL.ticksAt(done) / periodTicks() + 1;
            next = Math.min(next, CRYSTAL.timeOf(period * periodTicks()));
        }
        return next;
    }

    @Override
    public void advance(long now) {
        long ticks = periodTicks();
        if (ticks != 0 && CRYSTAL.ticksAt(now) / ticks != CRYSTAL.ticksAt(done) / ticks) {
            flags |= C_PERIODIC;
        }
        if (seconds(now) != seconds(done) && (registerB & B_SET) == 0) {
            flags |= C_UPDATE;
            if (alarmPassed(now)) {
                flags |= C_ALARM;
            }
        }
        done = now;
        update();
    }

    /** Looks at each second since the last advance, at most at the last day. */
    private boolean alarmPassed(long now) {
        long first = Math.max(seconds(done) + 1, seconds(now) - 86_400);
        for (long second = first; second <= seconds(now); second++) {
            if (alarmMatches(0, SECONDS_ALARM, second) && alarmMatches(2, MINUTES_ALARM, second)
                    && alarmMatches(4, HOURS_ALARM, second)) {
                return true;
            }
        }
        return false;
    }

    private boolean alarmMatches(int field, int alarm, long second) {
        int wanted = memory[alarm] & 0xFF;
        return wanted >= ANY || wanted == calendar.read(field, registerB, second);
    }

    /** Crystal ticks per period; 0 when the periodic interrupt is off. Rates 1 and 2 are those of 8 and 9. */
    private long periodTicks() {
        int rate = registerA & 0xF;
        if (rate == 0) {
            return 0;
        }
        return 1L << ((rate <= 2 ? rate + 7 : rate) - 1);
    }

    private void update() {
        boolean requested = (flags & registerB & (C_PERIODIC | C_ALARM | C_UPDATE)) != 0;
        flags = requested ? flags | C_REQUEST : flags & ~C_REQUEST;
        interrupt.level(requested);
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.write(memory);
        calendar.save(out);
        out.writeByte(index);
        out.writeByte(registerA);
        out.writeByte(registerB);
        out.writeByte(flags);
        out.writeLong(done);
        out.writeBoolean(nmiDisabled);
    }

    @Override
    public void restore(DataInput in) throws IOException {
        in.readFully(memory);
        calendar = RtcCalendar.restored(in);
        index = in.readUnsignedByte() & 0x7F;
        registerA = in.readUnsignedByte();
        registerB = in.readUnsignedByte();
        flags = in.readUnsignedByte();
        done = in.readLong();
        nmiDisabled = in.readBoolean();
    }
}
