package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * The calendar of the real-time clock: ten bytes, BCD or binary, 12 or 24 hours, with the century where PC firmware
 * keeps it. Times are whole seconds of guest time.
 */
final class RtcCalendar {
    static final int SECONDS = 0;
    static final int MINUTES = 2;
    static final int HOURS = 4;
    static final int DAY_OF_WEEK = 6;
    static final int DAY = 7;
    static final int MONTH = 8;
    static final int YEAR = 9;
    static final int CENTURY = 0x32;

    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int AFTERNOON = 0x80;

    /** LocalDateTime's range is far wider; this one keeps sums of seconds from overflowing. */
    private static final long LARGEST_EPOCH = 253_402_300_799L; // the end of the year 9999

    /** The epoch second at guest second 0. */
    private long origin;
    /** The calendar while SET holds it still; null while it runs. */
    private LocalDateTime frozen;

    RtcCalendar(long epochSecond) {
        this.origin = Math.clamp(epochSecond, 0, LARGEST_EPOCH);
    }

    static boolean isField(int index) {
        return index == SECONDS || index == MINUTES || index == HOURS || index >= DAY_OF_WEEK && index <= YEAR
                || index == CENTURY;
    }

    /** The register {@code field} in the format that register B selects. */
    int read(int field, int registerB, long second) {
        LocalDateTime time = at(second);
        return switch (field) {
            case SECONDS -> encode(time.getSecond(), registerB);
            case MINUTES -> encode(time.getMinute(), registerB);
            case HOURS -> encodeHour(time.getHour(), registerB);
            case DAY_OF_WEEK -> encode(time.getDayOfWeek().getValue() % 7 + 1, registerB);
            case DAY -> encode(time.getDayOfMonth(), registerB);
            case MONTH -> encode(time.getMonthValue(), registerB);
            case YEAR -> encode(time.getYear() % 100, registerB);
            default -> encode(time.getYear() / 100, registerB);
        };
    }

    /** Sets one field; a value that makes no date is ignored. */
    void write(int field, int value, int registerB, long second) {
        try {
            set(with(at(second), field, value, registerB), second);
        } catch (DateTimeException impossible) {
            // The chip would count on from nonsense; keeping the last good date is as defensible and simpler.
        }
    }

    private static LocalDateTime with(LocalDateTime time, int field, int value, int registerB) {
        int number = decode(value, registerB);
        return switch (field) {
            case SECONDS -> time.withSecond(number);
            case MINUTES -> time.withMinute(number);
            case HOURS -> time.withHour(decodeHour(value, registerB));
            case DAY_OF_WEEK -> time; // follows from the date
            case DAY -> time.withDayOfMonth(number);
            case MONTH -> time.withMonth(number);
            case YEAR -> time.withYear(time.getYear() / 100 * 100 + number % 100);
            default -> time.withYear(number % 100 * 100 + time.getYear() % 100);
        };
    }

    private void set(LocalDateTime time, long second) {
        if (frozen != null) {
            frozen = time;
        } else {
            origin = time.toEpochSecond(ZoneOffset.UTC) - second;
        }
    }

    /** SET is set: the calendar stands still. */
    void freeze(long second) {
        frozen = at(second);
    }

    /** SET is cleared: the calendar runs on from what it shows. */
    void resume(long second) {
        origin = frozen.toEpochSecond(ZoneOffset.UTC) - second;
        frozen = null;
    }

    private LocalDateTime at(long second) {
        return frozen != null ? frozen : LocalDateTime.ofEpochSecond(origin + second, 0, ZoneOffset.UTC);
    }

    private static int encodeHour(int hour, int registerB) {
        if ((registerB & B_24_HOURS) != 0) {
            return encode(hour, registerB);
        }
        int onDial = hour % 12 == 0 ? 12 : hour % 12;
        return encode(onDial, registerB) | (hour >= 12 ? AFTERNOON : 0);
    }

    private static int decodeHour(int value, int registerB) {
        if ((registerB & B_24_HOURS) != 0) {
            return decode(value, registerB);
        }
        int onDial = decode(value & ~AFTERNOON, registerB) % 12;
        return (value & AFTERNOON) != 0 ? onDial + 12 : onDial;
    }

    private static int encode(int number, int registerB) {
        return (registerB & B_BINARY) != 0 ? number : number / 10 << 4 | number % 10;
    }

    private static int decode(int value, int registerB) {
        return (registerB & B_BINARY) != 0 ? value : (value >> 4) * 10 + (value & 15);
    }

    void save(DataOutput out) throws IOException {
        out.writeLong(origin);
        out.writeBoolean(frozen != null);
        out.writeLong(frozen == null ? 0 : frozen.toEpochSecond(ZoneOffset.UTC));
    }

    static RtcCalendar restored(DataInput in) throws IOException {
        var calendar = new RtcCalendar(0);
        calendar.origin = in.readLong();
        boolean frozen = in.readBoolean();
        long held = in.readLong();
        if (frozen) {
            calendar.frozen = LocalDateTime.ofEpochSecond(held, 0, ZoneOffset.UTC);
        }
        return calendar;
    }
}
