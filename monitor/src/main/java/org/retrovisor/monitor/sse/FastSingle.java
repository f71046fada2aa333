package org.retrovisor.monitor.sse;

/**
 * {@link FastDouble} for singles. Values are the low 32 bits of a {@code long}, the rest zero. Products, and the tests
 * whether a quotient or a root is exact, are exact in double arithmetic.
 */
public final class FastSingle {
    private static final Format F = Format.SINGLE;
    private static final long SIGN = 1L << 31;
    private static final int MAGNITUDE = Integer.MAX_VALUE;
    private static final int LEAST_NORMAL = 1 << 23;
    private static final int NORMALS = (0xFF << 23) - LEAST_NORMAL;
    private static final long LOW = 0xFFFF_FFFFL;

    private FastSingle() {}

    private static float real(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    private static long bits(float value) {
        return Float.floatToRawIntBits(value) & LOW;
    }

    private static boolean normal(long bits) {
        return Integer.compareUnsigned(((int) bits & MAGNITUDE) - LEAST_NORMAL, NORMALS) < 0;
    }

    static boolean comfortable(long bits) {
        return Integer.compareUnsigned(((int) bits & MAGNITUDE) - LEAST_NORMAL - 1, NORMALS - 1) < 0;
    }

    private static boolean zero(long bits) {
        return (int) bits << 1 == 0;
    }

    private static boolean ordinary(long bits) {
        return normal(bits) || zero(bits);
    }

    private static boolean comparable(long bits) {
        return Integer.compareUnsigned(((int) bits & MAGNITUDE) - LEAST_NORMAL, NORMALS + 1) < 0 || zero(bits);
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

    private static boolean exactSum(float a, float b, float sum) {
        float addend = sum - a;
        return a - (sum - addend) + (b - addend) == 0;
    }

    // ---------------------------------------------------------------- products, quotients, roots

    public static long multiply(FloatUnit unit, int mxcsr, long a, long b) {
        long product = bits(real(a) * real(b));
        boolean known = normal(a) && normal(b) && comfortable(product) && Mxcsr.settled(mxcsr);
        return known || productIsKnown(mxcsr, a, b, product) ? product : unit.multiply(F, mxcsr, a, b);
    }

    private static boolean productIsKnown(int mxcsr, long a, long b, long product) {
        return Mxcsr.plain(mxcsr)
                && ordinary(a)
                && ordinary(b)
                && (comfortable(product) || zero(a) || zero(b))
                && (Mxcsr.settled(mxcsr) || (double) real(a) * real(b) == real(product));
    }

    public static long divide(FloatUnit unit, int mxcsr, long a, long b) {
        long quotient = bits(real(a) / real(b));
        boolean known = normal(a) && normal(b) && comfortable(quotient) && Mxcsr.settled(mxcsr);
        return known || quotientIsKnown(mxcsr, a, b, quotient) ? quotient : unit.divide(F, mxcsr, a, b);
    }

    private static boolean quotientIsKnown(int mxcsr, long a, long b, long quotient) {
        return Mxcsr.plain(mxcsr)
                && ordinary(a)
                && normal(b)
                && (comfortable(quotient) || zero(a))
                && (Mxcsr.settled(mxcsr) || (double) real(quotient) * real(b) == real(a));
    }

    public static long squareRoot(FloatUnit unit, int mxcsr, long a) {
        float root = (float) Math.sqrt(real(a)); // correctly rounded: a double root has enough bits to round again
        boolean known = Mxcsr.plain(mxcsr)
                && normal(a)
                && (int) a > 0
                && (Mxcsr.settled(mxcsr) || (double) root * root == real(a));
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
        if (truncated == x || truncate && Mxcsr.inexactIsNoNews(mxcsr) && x > -0x1.00000002p31 && x < 0x1p31) {
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
        boolean exact = value >= -(1L << 24) && value <= 1L << 24;
        return exact || Mxcsr.settled(mxcsr) ? bits((float) value) : unit.fromInteger(F, mxcsr, value);
    }

    /** See {@link FloatUnit#toIntegral}. */
    public static long toIntegral(FloatUnit unit, int mxcsr, long a, int immediate) {
        return unit.toIntegral(F, mxcsr, a, immediate);
    }

    /** Single to double. */
    public static long toDouble(FloatUnit unit, int mxcsr, long a) {
        return ordinary(a) ? Double.doubleToRawLongBits(real(a)) : unit.widen(mxcsr, a);
    }
}
