package org.retrovisor.monitor.x87;

import java.math.BigInteger;

/**
 * A floating-point number with a 128-bit significand and an unlimited exponent, for the insides of the transcendental
 * functions. Its value is {@code (-1)^sign * high:low / 2^127 * 2^exponent}; the top bit of {@code high} is set unless the
 * number is zero. Each operation errs by at most four units in the last of the 128 bits, toward zero.
 */
record Wide(int sign, int exponent, long high, long low) {
    static final Wide ZERO = new Wide(0, 0, 0, 0);
    static final Wide ONE = of(1);

    private static final int BITS = 128;

    /** A small positive integer. */
    static Wide of(long value) {
        int shift = Long.numberOfLeadingZeros(value);
        return new Wide(0, 63 - shift, value << shift, 0);
    }

    /** A finite, non-zero extended number. */
    static Wide of(long significand, int signExponent) {
        return new Wide(
                Float80.sign(signExponent),
                Float80.normalExponent(significand, signExponent) - Float80.BIAS,
                Float80.normalSignificand(significand),
                0);
    }

    /** {@code value * 2^scale}, cut to 128 bits. */
    static Wide of(BigInteger value, int scale) {
        if (value.signum() == 0) {
            return ZERO;
        }
        BigInteger magnitude = value.abs();
        int length = magnitude.bitLength();
        BigInteger aligned = magnitude.shiftLeft(BITS - length);
        return new Wide(
                value.signum() < 0 ? 1 : 0,
                length - 1 + scale,
                aligned.shiftRight(64).longValue(),
                aligned.longValue());
    }

    boolean isZero() {
        return high == 0;
    }

    Wide negated() {
        return new Wide(sign ^ 1, exponent, high, low);
    }

    Wide magnitude() {
        return new Wide(0, exponent, high, low);
    }

    /** {@code this * 2^n}. */
    Wide scaled(int n) {
        return isZero() ? this : new Wide(sign, exponent + n, high, low);
    }

    /** Three-way comparison of magnitudes. */
    int compareMagnitude(Wide other) {
        if (isZero() || other.isZero()) {
            return Boolean.compare(!isZero(), !other.isZero());
        }
        if (exponent != other.exponent) {
            return Integer.compare(exponent, other.exponent);
        }
        return compare(high, low, other.high, other.low);
    }

    private static int compare(long ah, long al, long bh, long bl) {
        return ah != bh ? Long.compareUnsigned(ah, bh) : Long.compareUnsigned(al, bl);
    }

    Wide plus(Wide other) {
        if (compareMagnitude(other) < 0) {
            return other.plus(this);
        }
        if (other.isZero()) {
            return this;
        }
        int shift = exponent - other.exponent;
        long otherHigh = Bits128.shiftRightHigh(other.high, shift);
        long otherLow = Bits128.shiftRightLow(other.high, other.low, shift);
        return sign == other.sign ? sum(otherHigh, otherLow) : difference(otherHigh, otherLow);
    }

    Wide minus(Wide other) {
        return plus(other.negated());
    }

    private Wide sum(long otherHigh, long otherLow) {
        long sumLow = low + otherLow;
        long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
        long sumHigh = high + otherHigh + carry;
        // The top bit of high is set, so a sum without it has carried out.
        if (sumHigh < 0) {
            return new Wide(sign, exponent, sumHigh, sumLow);
        }
        return new Wide(sign, exponent + 1, sumHigh >>> 1 | 1L << 63, sumHigh << 63 | sumLow >>> 1);
    }

    private Wide difference(long otherHigh, long otherLow) {
        long borrow = Long.compareUnsigned(low, otherLow) < 0 ? 1 : 0;
        return normalised(sign, exponent, high - otherHigh - borrow, low - otherLow);
    }

    private static Wide normalised(int sign, int exponent, long high, long low) {
        if (high == 0) {
            return low == 0 ? ZERO : normalised(sign, exponent - 64, low, 0);
        }
        int shift = Long.numberOfLeadingZeros(high);
        if (shift == 0) {
            return new Wide(sign, exponent, high, low);
        }
        return new Wide(sign, exponent - shift, high << shift | low >>> 64 - shift, low << shift);
    }

    Wide times(Wide other) {
        if (isZero() || other.isZero()) {
            return ZERO;
        }
        long productHigh = Math.unsignedMultiplyHigh(high, other.high);
        long productLow = high * other.high;
        long cross1 = Math.unsignedMultiplyHigh(high, other.low);
        long cross2 = Math.unsignedMultiplyHigh(low, other.high);
        long sum1 = productLow + cross1;
        long sum2 = sum1 + cross2;
        productHigh += Long.compareUnsigned(sum1, cross1) < 0 ? 1 : 0;
        productHigh += Long.compareUnsigned(sum2, cross2) < 0 ? 1 : 0;
        return normalised(sign ^ other.sign, exponent + other.exponent + 1, productHigh, sum2);
    }

    /** Quotient by restoring division, one bit at a time; exact but for the bits cut off. */
    Wide over(Wide divisor) {
        if (isZero()) {
            return this;
        }
        long restHigh = high;
        long restLow = low;
        long quotientHigh = 0;
        long quotientLow = 0;
        boolean overflow = false;
        for (int bit = 0; bit <= BITS; bit++) {
            boolean one = overflow || compare(restHigh, restLow, divisor.high, divisor.low) >= 0;
            if (bit < BITS || quotientHigh >= 0) {
                quotientHigh = quotientHigh << 1 | quotientLow >>> 63;
                quotientLow = quotientLow << 1 | (one ? 1 : 0);
            }
            if (one) {
                long borrow = Long.compareUnsigned(restLow, divisor.low) < 0 ? 1 : 0;
                restHigh -= divisor.high + borrow;
                restLow -= divisor.low;
            }
            overflow = restHigh < 0;
            restHigh = restHigh << 1 | restLow >>> 63;
            restLow <<= 1;
        }
        int first = compare(high, low, divisor.high, divisor.low) >= 0 ? 0 : 1;
        return new Wide(sign ^ divisor.sign, exponent - divisor.exponent - first, quotientHigh, quotientLow);
    }
}
