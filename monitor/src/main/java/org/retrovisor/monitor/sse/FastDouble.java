package org.retrovisor.monitor.sse;

/**
 * {@link FloatUnit} on doubles with shortcuts: where Java's arithmetic provably gives the same value and raises no flag
 * that is not set already, it is used. {@link FastSingle} does the same for singles.
 *
 * <p>That is so when rounding is to nearest, no exception is unmasked, no operand is denormal and the result is above
 * the least normal number (which a tiny result may have been rounded up to): then only PE can be raised. If PE is set
 * already, nothing is left to find out; if not, the error of the operation, which is itself a double, tells whether the
 * result is exact. An inexact result takes the slow way once and sets PE. Flush-to-zero and denormals-are-zero make no
 * difference to such operands.
 */
public final class FastDouble {
    private static final Format F = Format.DOUBLE;
    private static final long SIGN = Long.MIN_VALUE;
    private static final long MAGNITUDE = Long.MAX_VALUE;
    private static final long LEAST_NORMAL = 1L << 52;
    private static final long NORMALS = (0x7FFL << 52) - LEAST_NORMAL;

    /** From this magnitude on, the error of a product, quotient or root is not denormal. */
    private static final double ERROR_IS_NORMAL = 0x1p-900;

    private FastDouble() {}

    private static double real(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static boolean normal(long bits) {
        return Long.compareUnsigned((bits & MAGNITUDE) - LEAST_NORMAL, NORMALS) < 0;
    }

    private static boolean comfortable(long bits) {
        return Long.compareUnsigned((bits & MAGNITUDE) - LEAST_NORMAL - 1, NORMALS - 1) < 0;
    }

    static boolean zero(long bits) {
        return bits << 1 == 0;
    }

    private static boolean ordinary(long bits) {
        return normal(bits) || zero(bits);
    }

    /** Neither a NaN nor denormal. */
    private static boolean comparable(long bits) {
        return Long.compareUnsigned((bits & MAGNITUDE) - LEAST_NORMAL, NORMALS + 1) < 0 || zero(bits);
    }

    private static boolean above(double value, double least) {
        return Math.abs(value) >= least;
    }

    // ---------------------------------------------------------------- sums

    public static long add(FloatUnit unit, int mxcsr, long a, long b) {
        long sum = bits(real(a) + real(b));
        boolean known = normal(a) && normal(b) && comfortable(sum) && Mxcsr.settled(mxcsr);
        return known || sumIsKnown(mxcsr, a, b, sum) ? sum : unit.add(F, mxcsr, a, b);
    }

    public static long subtract(FloatUnit unit, int mxcsr, long a, long b) {
        long difference = bits(real(a) - real(b));
        boolean known = normal(a) && normal(b) && comfortable(difference) && Mxcsr.settled(mxcsr);
        return known || sumIsKnown(mxcsr, a, b ^ SIGN, difference) ? difference : unit.subtract(F, mxcsr, a, b);
    }

    private static boolean sumIsKnown(int mxcsr, long a, long b, long sum) {
        return Mxcsr.plain(mxcsr)
                && ordinary(a)
                && ordinary(b)
                && (comfortable(sum) || zero(sum))
                && (Mxcsr.settled(mxcsr) || exactSum(real(a), real(b), real(sum)));
    }

    /** Knuth's two-sum: the error of a sum is a double, and this computes it exactly. */
    private static boolean exactSum(double a, double b, double sum) {
        double addend = sum - a;
        return a - (sum - addend) + (b - addend) == 0;
    }

    // ---------------------------------------------------------------- products, quotients, roots

    public static long multiply(FloatUnit unit, int mxcsr, long a, long b) {
        long product = bits(real(a) * real(b));
        boolean known = normal(a) && normal(b) && comfortable(product) && Mxcsr.settled(mxcsr);
        return known || productIsKnown(mxcsr, a, b, product) ? product : unit.multiply(F, mxcsr, a, b);
    }

    private static boolean productIsKnown(int mxcsr, long a, long b, long product) {
        if (!Mxcsr.plain(mxcsr) || !ordinary(a) || !ordinary(b)) {
            return false;
        }
        if (zero(a) || zero(b)) {
            return true;
        }
        double p = real(product);
        return comfortable(product)
                && (Mxcsr.settled(mxcsr) || above(p, ERROR_IS_NORMAL) && Math.fma(real(a), real(b), -p) == 0);
    }

    public static long divide(FloatUnit unit, int mxcsr, long a, long b) {
        long quotient = bits(real(a) / real(b));
        boolean known = normal(a) && normal(b) && comfortable(quotient) && Mxcsr.settled(mxcsr);
        return known || quotientIsKnown(mxcsr, a, b, quotient) ? quotient : unit.divide(F, mxcsr, a, b);
    }

    private static boolean quotientIsKnown(int mxcsr, long a, long b, long quotient) {
        if (!Mxcsr.plain(mxcsr) || !normal(b)) {
            return false;
        }
        if (zero(a)) {
            return true;
        }
        return normal(a)
                && comfortable(quotient)
                && (Mxcsr.settled(mxcsr)
                        || above(real(a), ERROR_IS_NORMAL) && Math.fma(real(quotient), real(b), -real(a)) == 0);
    }

    public static long squareRoot(FloatUnit unit, int mxcsr, long a) {
        double root = Math.sqrt(real(a));
        boolean known = Mxcsr.plain(mxcsr)
                && normal(a)
                && a > 0
                && (Mxcsr.settled(mxcsr) || above(real(a), ERROR_IS_NORMAL) && Math.fma(root, root, -real(a)) == 0);
        return known ? bits(root) : unit.squareRoot(F, mxcsr, a);
    }

    // ---------------------------------------------------------------- comparisons

    /** See {@link FloatUnit#compare}. */
    public static int compare(FloatUnit unit, int mxcsr, long a, long b, boolean quietIsInvalid) {
        if (comparable(a) && comparable(b)) {
            return real(a) < real(b) ? -1 : real(a) > real(b) ? 1 : 0;
        }
        return unit.compare(F, mxcsr, a, b, quietIsInvalid);
    }

    public static long minimum(FloatUnit unit, int mxcsr, long a, long b) {
        if (comparable(a) && comparable(b)) {
            return real(a) < real(b) ? a : b;
        }
        return unit.minimum(F, mxcsr, a, b);
    }

    public static long maximum(FloatUnit unit, int mxcsr, long a, long b) {
        if (comparable(a) && comparable(b)) {
            return real(a) > real(b) ? a : b;
        }
        return unit.maximum(F, mxcsr, a, b);
    }

    // ---------------------------------------------------------------- conversions

    /** To a signed integer of 32 bits; bits 63 to 32 of the result are copies of its sign. */
    public static long toInteger32(FloatUnit unit, int mxcsr, long a, boolean truncate) {
        double x = real(a);
        int truncated = (int) x;
        if (truncated == x) {
            return truncated;
        }
        if (truncate && Mxcsr.inexactIsNoNews(mxcsr) && x > -0x1.00000002p31 && x < 0x1p31) {
            return truncated;
        }
        return (int) unit.toInteger(F, mxcsr, a, 32, truncate);
    }

    /** To a signed integer of 64 bits. */
    public static long toInteger64(FloatUnit unit, int mxcsr, long a, boolean truncate) {
        double x = real(a);
        long truncated = (long) x;
        if (x >= -0x1p63 && x < 0x1p63 && (truncated == x || truncate && Mxcsr.inexactIsNoNews(mxcsr))) {
            return truncated;
        }
        return unit.toInteger(F, mxcsr, a, 64, truncate);
    }

    public static long fromInteger(FloatUnit unit, int mxcsr, long value) {
        boolean exact = value >= -(1L << 53) && value <= 1L << 53;
        return exact || Mxcsr.settled(mxcsr) ? bits((double) value) : unit.fromInteger(F, mxcsr, value);
    }

    /** See {@link FloatUnit#toIntegral}. */
    public static long toIntegral(FloatUnit unit, int mxcsr, long a, int immediate) {
        boolean silent = (immediate & 8) != 0 || Mxcsr.inexactIsNoNews(mxcsr);
        if (!silent || !ordinary(a)) {
            return unit.toIntegral(F, mxcsr, a, immediate);
        }
        double x = real(a);
        return bits(switch ((immediate & 4) != 0 ? Mxcsr.rounding(mxcsr) : immediate & 3) {
            case Rounding.NEAREST -> Math.rint(x);
            case Rounding.DOWN -> Math.floor(x);
            case Rounding.UP -> Math.ceil(x);
            default -> a < 0 ? Math.ceil(x) : Math.floor(x);
        });
    }

    /** Double to single. */
    public static long toSingle(FloatUnit unit, int mxcsr, long a) {
        float single = (float) real(a);
        boolean known = normal(a)
                && FastSingle.comfortable(Float.floatToRawIntBits(single))
                && (Mxcsr.settled(mxcsr) || single == real(a));
        return known ? Float.floatToRawIntBits(single) & 0xFFFF_FFFFL : unit.narrow(mxcsr, a);
    }
}
