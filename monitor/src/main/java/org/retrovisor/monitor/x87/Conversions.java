package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.Float80.BIAS;
import static org.retrovisor.monitor.x87.Float80.EXPONENT_MASK;
import static org.retrovisor.monitor.x87.Float80.INTEGER_BIT;
import static org.retrovisor.monitor.x87.Float80.QUIET_BIT;
import static org.retrovisor.monitor.x87.Float80.SIGN;

/**
 * Conversions between the extended format and the formats of memory operands: integers and single and double precision.
 * Widening is exact and leaves its result in this object; narrowing returns the stored bits, with exceptions and C1 in the
 * {@link Rounder}.
 */
final class Conversions {
    private static final int FLOAT32_BIAS = 127;
    private static final int FLOAT64_BIAS = 1023;

    private final Rounder out;

    /** Result of widening; a signalling NaN stays one. */
    long significand;

    int signExponent;

    /** The widened operand was a denormal of its own format. */
    boolean denormal;

    Conversions(Rounder out) {
        this.out = out;
    }

    void widenFloat32(int bits) {
        widen(bits >>> 31, bits >>> 23 & 0xFF, (bits & 0x7F_FFFFL) << 40, 0xFF, FLOAT32_BIAS);
    }

    void widenFloat64(long bits) {
        widen((int) (bits >>> 63), (int) (bits >>> 52) & 0x7FF, (bits & 0xF_FFFF_FFFF_FFFFL) << 11, 0x7FF,
                FLOAT64_BIAS);
    }

    /** {@code fraction} has its highest bit at position 62. */
    private void widen(int sign, int exponent, long fraction, int limit, int bias) {
        denormal = exponent == 0 && fraction != 0;
        significand = fraction | INTEGER_BIT;
        if (exponent == limit) {
            signExponent = sign << 15 | EXPONENT_MASK;
        } else if (exponent != 0) {
            signExponent = sign << 15 | exponent - bias + BIAS;
        } else if (denormal) {
            int shift = Long.numberOfLeadingZeros(fraction);
            significand = fraction << shift;
            signExponent = sign << 15 | 1 - bias + BIAS - shift;
        } else {
            significand = 0;
            signExponent = sign << 15;
        }
    }

    void widenInteger(long value) {
        denormal = false;
        if (value == 0) {
            significand = 0;
            signExponent = 0;
            return;
        }
        long magnitude = Math.abs(value);
        int shift = Long.numberOfLeadingZeros(magnitude);
        significand = magnitude << shift;
        signExponent = (value < 0 ? SIGN : 0) | BIAS + 63 - shift;
    }

    int toFloat32(long s, int e) {
        return (int) narrow(s, e, 24, 0xFF, FLOAT32_BIAS);
    }

    long toFloat64(long s, int e) {
        return narrow(s, e, 53, 0x7FF, FLOAT64_BIAS);
    }

    private long narrow(long s, int e, int bits, int limit, int bias) {
        out.begin();
        int sign = Float80.sign(e);
        switch (Float80.classify(s, e)) {
            case Float80.ZERO -> out.exact(e, 0);
            case Float80.INFINITY -> out.exact(sign << 15 | limit, INTEGER_BIT);
            case Float80.QUIET_NAN -> out.exact(sign << 15 | limit, s);
            case Float80.SIGNALLING_NAN -> {
                out.flags |= X87Bits.IE;
                out.exact(sign << 15 | limit, s | QUIET_BIT);
            }
            case Float80.INVALID -> {
                out.invalid();
                out.signExponent = SIGN | limit;
            }
            default -> {
                int exponent = Float80.normalExponent(s, e) - BIAS + bias;
                out.round(bits, limit, sign, exponent, Float80.normalSignificand(s), 0);
                dropWhatIsNotStored();
            }
        }
        return pack(bits, limit);
    }

    /** An unmasked overflow or underflow keeps the store from happening, and with it the inexact result. */
    private void dropWhatIsNotStored() {
        int blocking = out.flags & out.unmasked & (X87Bits.OE | X87Bits.UE);
        if (blocking != 0) {
            out.flags = blocking;
            out.roundedUp = false;
        }
    }

    private long pack(int bits, int limit) {
        long fraction = (out.significand & ~INTEGER_BIT) >>> 64 - bits;
        long sign = Float80.sign(out.signExponent);
        return (sign * (limit + 1) + (out.signExponent & limit)) << bits - 1 | fraction;
    }

    /**
     * Rounds to a two's complement integer of {@code bits} bits; what does not fit is an invalid operation and gives the
     * integer indefinite, the most negative number.
     */
    long toInteger(long s, int e, int bits, int roundingControl) {
        out.begin();
        int kind = Float80.classify(s, e);
        if (kind == Float80.ZERO) {
            return 0;
        }
        int integerBits = Float80.exponent(e) - BIAS + 1;
        if (kind >= Float80.INFINITY || integerBits > 64) {
            return integerIndefinite(bits);
        }
        int shift = 64 - integerBits;
        long magnitude = Bits128.shiftRightHigh(s, shift);
        long fraction = Bits128.shiftRightLowSticky(s, 0, shift);
        int sign = Float80.sign(e);
        boolean up = Rounder.increments(roundingControl, sign, magnitude, fraction);
        if (up) {
            magnitude++;
        }
        long limit = (1L << bits - 1) - 1 + sign;
        if (Long.compareUnsigned(magnitude, limit) > 0 || up && magnitude == 0) {
            return integerIndefinite(bits);
        }
        out.roundedUp = up;
        out.flags |= fraction == 0 ? 0 : X87Bits.PE;
        return sign == 0 ? magnitude : -magnitude;
    }

    private long integerIndefinite(int bits) {
        out.flags |= X87Bits.IE;
        return -1L << bits - 1;
    }
}
