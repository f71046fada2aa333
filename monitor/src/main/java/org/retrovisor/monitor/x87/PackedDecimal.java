package org.retrovisor.monitor.x87;

/**
 * Packed decimal operands of FBLD and FBSTP: 18 digits, two to a byte from the lowest up, in 9 bytes held as a {@code
 * long} and the low byte of an {@code int} whose bit 15 is the sign (Intel SDM volume 1, section 4.7).
 */
final class PackedDecimal {
    private static final long LIMIT = 1_000_000_000_000_000_000L;
    private static final int LOW_DIGITS = 16;

    /** The packed decimal indefinite: upper 16 bits all ones, then C0, then zeros. */
    static final int INDEFINITE_HIGH = 0xFFFF;

    static final long INDEFINITE_LOW = 0xC000_0000_0000_0000L;

    private PackedDecimal() {}

    /** The magnitude of an operand; digits above nine count with their value, as nothing checks them. */
    static long magnitude(long low, int high) {
        long value = (high >>> 4 & 0xF) * 10L + (high & 0xF);
        for (int digit = LOW_DIGITS - 1; digit >= 0; digit--) {
            value = value * 10 + (low >>> 4 * digit & 0xF);
        }
        return value;
    }

    static boolean fits(long magnitude) {
        return magnitude >= 0 && magnitude < LIMIT;
    }

    /** The lowest 16 digits. */
    static long low(long magnitude) {
        long digits = 0;
        long rest = magnitude;
        for (int digit = 0; digit < LOW_DIGITS; digit++) {
            digits |= rest % 10 << 4 * digit;
            rest /= 10;
        }
        return digits;
    }

    /** The upper two digits with the sign in bit 15. */
    static int high(int sign, long magnitude) {
        long upper = magnitude / 10_000_000_000_000_000L;
        return (int) (sign << 15 | upper / 10 << 4 | upper % 10);
    }
}
