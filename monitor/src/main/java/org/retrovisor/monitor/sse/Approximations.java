package org.retrovisor.monitor.sse;

/**
 * RCPPS and RSQRTPS, whose last bits every processor makes up for itself. Ours, on every host: 1/x and 1/sqrt(x) as a
 * double, rounded to 12 significant bits, to nearest, ties to even. That is within the manuals' bound of 1.5 * 2^-12.
 * Denormals count as zeros, tiny results become zeros, no flag is raised.
 */
public final class Approximations {
    private static final Format F = Format.SINGLE;
    private static final int DROPPED = 52 - 11;

    private Approximations() {}

    public static long reciprocal(long a) {
        if (F.nan(a)) {
            return a | F.quiet;
        }
        if (F.exponent(a) == 0) {
            return a & F.sign | F.infinity;
        }
        return single(1.0 / Float.intBitsToFloat((int) a));
    }

    public static long reciprocalRoot(long a) {
        if (F.nan(a)) {
            return a | F.quiet;
        }
        if (F.exponent(a) == 0) {
            return a & F.sign | F.infinity;
        }
        if (F.negative(a)) {
            return F.defaultNan;
        }
        return single(1.0 / Math.sqrt(Float.intBitsToFloat((int) a)));
    }

    private static long single(double value) {
        long bits = Double.doubleToRawLongBits(value);
        long half = 1L << DROPPED - 1;
        long rounded = bits + half - 1 + (bits >>> DROPPED & 1) & -1L << DROPPED;
        float result = (float) Double.longBitsToDouble(rounded);
        long single = Float.floatToRawIntBits(result) & 0xFFFF_FFFFL;
        return F.exponent(single) == 0 ? single & F.sign : single;
    }
}
