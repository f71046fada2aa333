package org.retrovisor.monitor.sse;

/** Rounding modes, numbered as the rounding control of MXCSR and the immediate of ROUNDPS number them. */
final class Rounding {
    static final int NEAREST = 0;
    static final int DOWN = 1;
    static final int UP = 2;
    static final int ZERO = 3;

    private Rounding() {}

    /** {@code value / 2^bits}, rounded; {@code bits} may be 0 or exceed 63, {@code value} is below 2^63. */
    static long shift(long value, int bits, boolean negative, int mode) {
        if (bits == 0) {
            return value;
        }
        if (bits > 63) {
            boolean up = value != 0 && (mode == UP && !negative || mode == DOWN && negative);
            return up ? 1 : 0; // less than half a unit
        }
        long quotient = value >>> bits;
        long rest = value & (1L << bits) - 1;
        return quotient + (roundsUp(quotient, rest, 1L << bits - 1, negative, mode) ? 1 : 0);
    }

    private static boolean roundsUp(long quotient, long rest, long half, boolean negative, int mode) {
        return switch (mode) {
            case NEAREST -> {
                int order = Long.compareUnsigned(rest, half);
                yield order > 0 || order == 0 && (quotient & 1) != 0;
            }
            case DOWN -> negative && rest != 0;
            case UP -> !negative && rest != 0;
            default -> false;
        };
    }

    /** Whether {@link #shift} loses something. */
    static boolean inexact(long value, int bits) {
        return bits > 63 ? value != 0 : (value & (1L << bits) - 1) != 0;
    }

    /** Shifts right and keeps, in the lowest bit, whether a one was lost. */
    static long jam(long value, int bits) {
        if (bits <= 0) {
            return value;
        }
        if (bits > 63) {
            return value != 0 ? 1 : 0;
        }
        return value >>> bits | (value << 64 - bits != 0 ? 1 : 0);
    }
}
