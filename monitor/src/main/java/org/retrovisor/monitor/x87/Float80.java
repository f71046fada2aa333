package org.retrovisor.monitor.x87;

/**
 * The double extended-precision format: a 64-bit significand with an explicit integer bit, and 16 bits of sign and
 * biased exponent, kept apart as a {@code long} and an {@code int} (Intel SDM volume 1, section 4.2.2 and table 8-3).
 */
public final class Float80 {
    /** Classes of encodings; the order lets {@code >= INFINITY} mean "exponent field all ones or invalid". */
    static final int ZERO = 0;

    static final int DENORMAL = 1;
    static final int NORMAL = 2;
    static final int INFINITY = 3;
    static final int QUIET_NAN = 4;
    static final int SIGNALLING_NAN = 5;

    /** Pseudo-NaN, pseudo-infinity and unnormal: encodings that the unit refuses since the 80387. */
    static final int INVALID = 6;

    static final int BIAS = 16383;
    static final int EXPONENT_MASK = 0x7FFF;
    static final int SIGN = 0x8000;
    static final long INTEGER_BIT = 1L << 63;
    static final long QUIET_BIT = 1L << 62;

    /** The real indefinite: the quiet NaN that answers every masked invalid operation. */
    static final long INDEFINITE_SIGNIFICAND = INTEGER_BIT | QUIET_BIT;

    static final int INDEFINITE_SIGN_EXPONENT = 0xFFFF;

    private Float80() {}

    /** A finite, normalised, non-zero number: the only class that the fast paths take. */
    static boolean isNormal(long significand, int signExponent) {
        return significand < 0 && ((signExponent + 1) & EXPONENT_MASK) > 1;
    }

    /** The class of an encoding; pseudo-denormals count as {@link #DENORMAL}. */
    static int classify(long significand, int signExponent) {
        int exponent = signExponent & EXPONENT_MASK;
        if (exponent == 0) {
            return significand == 0 ? ZERO : DENORMAL;
        }
        if (significand >= 0) {
            return INVALID;
        }
        if (exponent != EXPONENT_MASK) {
            return NORMAL;
        }
        if (significand == INTEGER_BIT) {
            return INFINITY;
        }
        return (significand & QUIET_BIT) != 0 ? QUIET_NAN : SIGNALLING_NAN;
    }

    static boolean isNan(int kind) {
        return kind == QUIET_NAN || kind == SIGNALLING_NAN;
    }

    static int sign(int signExponent) {
        return signExponent >>> 15 & 1;
    }

    static int exponent(int signExponent) {
        return signExponent & EXPONENT_MASK;
    }

    /**
     * The exponent that a finite non-zero number has once {@link #normalSignificand} is shifted into place; below 1 for
     * true denormals.
     */
    static int normalExponent(long significand, int signExponent) {
        int exponent = exponent(signExponent);
        return (exponent == 0 ? 1 : exponent) - Long.numberOfLeadingZeros(significand);
    }

    static long normalSignificand(long significand) {
        return significand << Long.numberOfLeadingZeros(significand);
    }
}
