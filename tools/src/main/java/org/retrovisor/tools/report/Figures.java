package org.retrovisor.tools.report;

import java.util.Locale;

/** Numbers as people read them. Units of bytes are decimal (1 MB is a million bytes); RAM is given in powers of two. */
public final class Figures {
    private static final String[] DECIMAL = {"bytes", "kB", "MB", "GB", "TB"};
    private static final double NANOS = 1e9;

    private Figures() {}

    /** A count with separators: 1,234,567. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A count of things: "1 event", "1,234 events". */
    public static String count(long value, String noun) {
        return count(value) + " " + (value == 1 ? noun : noun + "s");
    }

    /** A size of a file: "812 bytes", "3.1 MB". */
    public static String bytes(long value) {
        double scaled = value;
        int unit = 0;
        while (scaled >= 1000 && unit < DECIMAL.length - 1) {
            scaled /= 1000;
            unit++;
        }
        return unit == 0
                ? count(value) + " " + DECIMAL[0]
                : String.format(Locale.ROOT, "%.1f %s", scaled, DECIMAL[unit]);
    }

    /** A size of RAM: "512 MiB", "8 GiB". */
    public static String memory(long bytes) {
        boolean gibibytes = bytes >= 1L << 30 && bytes % (1L << 30) == 0;
        if (gibibytes) {
            return (bytes >> 30) + " GiB";
        }
        return bytes % (1L << 20) == 0 ? (bytes >> 20) + " MiB" : (bytes >> 10) + " KiB";
    }

    /** A duration: "0.42 s", "12.3 s", "2 min 5 s". */
    public static String seconds(long nanos) {
        double seconds = nanos / NANOS;
        if (seconds >= 100) {
            return "%d min %d s".formatted((long) seconds / 60, (long) seconds % 60);
        }
        return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    }

    /** Instructions per second: "43.2 million instructions/s". */
    public static String rate(long instructions, long nanos) {
        return String.format(Locale.ROOT, "%.1f million instructions/s", perSecond(instructions, nanos) / 1e6);
    }

    /** Instructions per second; 0 when no time passed. */
    public static double perSecond(long instructions, long nanos) {
        return nanos <= 0 ? 0 : instructions * NANOS / nanos;
    }
}
