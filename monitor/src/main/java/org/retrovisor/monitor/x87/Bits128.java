package org.retrovisor.monitor.x87;

/** Shifts and division over 128-bit unsigned numbers held as two {@code long}s. */
final class Bits128 {
    private Bits128() {}

    /** High half of {@code high:low >>> shift}, for any shift of 0 or more. */
    static long shiftRightHigh(long high, int shift) {
        return shift < 64 ? high >>> shift : 0;
    }

    /** Low half of {@code high:low >>> shift}. */
    static long shiftRightLow(long high, long low, int shift) {
        if (shift == 0) {
            return low;
        }
        if (shift < 64) {
            return high << 64 - shift | low >>> shift;
        }
        return shift < 128 ? high >>> shift - 64 : 0;
    }

    /** Low half of {@code high:low >>> shift}, its lowest bit set when a one was shifted out. */
    static long shiftRightLowSticky(long high, long low, int shift) {
        if (shift == 0) {
            return low;
        }
        if (shift < 64) {
            return high << 64 - shift | low >>> shift | (low << 64 - shift == 0 ? 0 : 1);
        }
        if (shift == 64) {
            return high | (low == 0 ? 0 : 1);
        }
        if (shift < 128) {
            return high >>> shift - 64 | ((high << 128 - shift | low) == 0 ? 0 : 1);
        }
        return (high | low) == 0 ? 0 : 1;
    }

    /**
     * Quotient of {@code high:low} by a divisor whose top bit is set, where {@code high < divisor} unsigned (Knuth volume 2,
     * algorithm 4.3.1 D, with 32-bit digits). The remainder is {@code low - quotient * divisor}.
     */
    static long divide(long high, long low, long divisor) {
        long upper = digit(high, low >>> 32, divisor);
        long remainder = (high << 32 | low >>> 32) - upper * divisor;
        long lower = digit(remainder, low & 0xFFFF_FFFFL, divisor);
        return (upper << 32) + lower;
    }

    /** One 32-bit digit of {@code (remainder:next) / divisor}; {@code next} has 32 bits. */
    private static long digit(long remainder, long next, long divisor) {
        long divisorHigh = divisor >>> 32;
        long divisorLow = divisor & 0xFFFF_FFFFL;
        long guess = Long.divideUnsigned(remainder, divisorHigh);
        long rest = remainder - guess * divisorHigh;
        while (guess >>> 32 != 0 || Long.compareUnsigned(guess * divisorLow, rest << 32 | next) > 0) {
            guess--;
            rest += divisorHigh;
            if (rest >>> 32 != 0) {
                break;
            }
        }
        return guess;
    }
}
