package org.retrovisor.monitor.sse;

/**
 * The two interchange formats, as bits in the low end of a {@code long}.
 *
 * <pre>
 * SINGLE  sign 31 | exponent 30..23 | fraction 22..0
 * DOUBLE  sign 63 | exponent 62..52 | fraction 51..0
 * </pre>
 */
public enum Format {
    SINGLE(23, 8), DOUBLE(52, 11);

    final int fractionBits;
    final int bias;
    /** The exponent field of infinities and NaNs. */
    final int topExponent;

    final long sign;
    final long infinity;
    final long quiet;
    final long fraction;
    /** The largest finite number. */
    final long largest;
    /** What an invalid operation gives: a negative quiet NaN without payload. */
    final long defaultNan;

    Format(int fractionBits, int exponentBits) {
        this.fractionBits = fractionBits;
        this.bias = (1 << exponentBits - 1) - 1;
        this.topExponent = (1 << exponentBits) - 1;
        this.sign = 1L << fractionBits + exponentBits;
        this.infinity = (long) topExponent << fractionBits;
        this.quiet = 1L << fractionBits - 1;
        this.fraction = (1L << fractionBits) - 1;
        this.largest = infinity - 1;
        this.defaultNan = sign | infinity | quiet;
    }

    long magnitude(long bits) {
        return bits & sign - 1;
    }

    boolean negative(long bits) {
        return (bits & sign) != 0;
    }

    int exponent(long bits) {
        return (int) (bits >>> fractionBits) & topExponent;
    }

    boolean nan(long bits) {
        return magnitude(bits) > infinity;
    }

    boolean signaling(long bits) {
        return nan(bits) && (bits & quiet) == 0;
    }

    boolean infinite(long bits) {
        return magnitude(bits) == infinity;
    }

    boolean zero(long bits) {
        return magnitude(bits) == 0;
    }

    boolean denormal(long bits) {
        long magnitude = magnitude(bits);
        return magnitude != 0 && magnitude <= fraction;
    }

    /** The significand with its integer bit at {@code fractionBits}, which denormals lack. */
    long significand(long bits) {
        return exponent(bits) == 0 ? bits & fraction : bits & fraction | fraction + 1;
    }

    /** The biased exponent that goes with {@link #significand}: denormals have the least normal one. */
    int scale(long bits) {
        return Math.max(exponent(bits), 1);
    }
}
