package org.retrovisor.monitor.sse;

/**
 * Arithmetic of SSE on one lane, exact for every MXCSR: rounding, denormals-are-zero, flush-to-zero, NaN rules and
 * exception flags (Intel SDM volume 1, sections 4.8 to 4.9 and 11.5).
 *
 * <p>Values are bits of a {@link Format}. Flags collect in {@link #raised} over the lanes of an instruction; the caller
 * moves them to MXCSR or makes an exception of them, and clears them. When underflow or overflow is unmasked the value
 * returned does not matter, for the instruction will not write it; the flags are right all the same.
 *
 * <p>This is the slow and complete way; {@link FastDouble} and {@link FastSingle} handle ordinary operands with the host's arithmetic.
 */
public final class FloatUnit {
    /** What a comparison gives for a NaN operand. */
    public static final int UNORDERED = 2;

    /** Bit of a significand that holds the integer bit while computing: room for a carry above, for guard bits below. */
    private static final int POINT = 61;

    /**
     * The exception flags of the instruction under way, as bits of MXCSR. Of one that computes in several steps, those of the steps that have
     * ended are above them, six bits each, the first step's lowest.
     */
    public int raised;

    private int control;
    private int mode;

    void use(int mxcsr) {
        control = mxcsr;
        mode = Mxcsr.rounding(mxcsr);
    }

    boolean roundsDown() {
        return mode == Rounding.DOWN;
    }

    /** What was computed since another step ended was the step of this number, from 1 on, for some of the lanes. */
    public void endStep(int number) {
        int flags = raised & Mxcsr.FLAGS;
        raised = raised & ~Mxcsr.FLAGS | flags << number * Mxcsr.FLAG_BITS;
    }

    // ---------------------------------------------------------------- operands

    /** The operand as it counts: with denormals-are-zero, zero for a denormal. */
    long operand(Format f, long bits) {
        return (control & Mxcsr.DAZ) != 0 && f.denormal(bits) ? bits & f.sign : bits;
    }

    void noteDenormals(Format f, long a, long b) {
        if (f.denormal(a) || f.denormal(b)) {
            raised |= Mxcsr.DE;
        }
    }

    /** The first NaN, made quiet. */
    private long propagate(Format f, long a, long b) {
        if (f.signaling(a) || f.signaling(b)) {
            raised |= Mxcsr.IE;
        }
        return (f.nan(a) ? a : b) | f.quiet;
    }

    long invalid(Format f) {
        raised |= Mxcsr.IE;
        return f.defaultNan;
    }

    static long signed(Format f, boolean negative, long magnitude) {
        return negative ? f.sign | magnitude : magnitude;
    }

    // ---------------------------------------------------------------- arithmetic

    public long add(Format f, int mxcsr, long x, long y) {
        use(mxcsr);
        long a = operand(f, x);
        long b = operand(f, y);
        return f.nan(a) || f.nan(b) ? propagate(f, a, b) : sum(f, a, b);
    }

    public long subtract(Format f, int mxcsr, long x, long y) {
        use(mxcsr);
        long a = operand(f, x);
        long b = operand(f, y);
        return f.nan(a) || f.nan(b) ? propagate(f, a, b) : sum(f, a, b ^ f.sign);
    }

    private long sum(Format f, long a, long b) {
        if (f.infinite(a) && f.infinite(b) && a != b) {
            return invalid(f);
        }
        noteDenormals(f, a, b);
        if (f.infinite(a) || f.infinite(b)) {
            return f.infinite(a) ? a : b;
        }
        boolean swap = f.magnitude(a) < f.magnitude(b);
        long large = swap ? b : a;
        long small = swap ? a : b;
        int room = POINT - f.fractionBits;
        long one = f.significand(large) << room;
        long two = Rounding.jam(f.significand(small) << room, f.scale(large) - f.scale(small));
        boolean negative = f.negative(large);
        long total = negative == f.negative(small) ? one + two : one - two;
        if (total == 0) {
            boolean minus = f.negative(a) == f.negative(b) ? negative : mode == Rounding.DOWN;
            return signed(f, minus, 0);
        }
        return round(f, negative, f.scale(large), total);
    }

    public long multiply(Format f, int mxcsr, long x, long y) {
        use(mxcsr);
        long a = operand(f, x);
        long b = operand(f, y);
        if (f.nan(a) || f.nan(b)) {
            return propagate(f, a, b);
        }
        boolean infinite = f.infinite(a) || f.infinite(b);
        boolean zero = f.zero(a) || f.zero(b);
        if (infinite && zero) {
            return invalid(f);
        }
        noteDenormals(f, a, b);
        boolean negative = f.negative(a) != f.negative(b);
        if (infinite || zero) {
            return signed(f, negative, infinite ? f.infinity : 0);
        }
        long one = normalized(f, a);
        long two = normalized(f, b);
        long high = Math.unsignedMultiplyHigh(one, two << 1);
        long product = high | (one * (two << 1) != 0 ? 1 : 0);
        return round(f, negative, exponent(f, a) + exponent(f, b) - f.bias, product);
    }

    public long divide(Format f, int mxcsr, long x, long y) {
        use(mxcsr);
        long a = operand(f, x);
        long b = operand(f, y);
        if (f.nan(a) || f.nan(b)) {
            return propagate(f, a, b);
        }
        if (f.infinite(a) && f.infinite(b) || f.zero(a) && f.zero(b)) {
            return invalid(f);
        }
        boolean negative = f.negative(a) != f.negative(b);
        if (f.zero(b) && !f.infinite(a)) {
            raised |= Mxcsr.ZE;
            return signed(f, negative, f.infinity);
        }
        noteDenormals(f, a, b);
        if (f.infinite(a) || f.infinite(b) || f.zero(a)) {
            return signed(f, negative, f.infinite(a) ? f.infinity : 0);
        }
        int exponent = exponent(f, a) - exponent(f, b) + f.bias;
        return round(f, negative, exponent, quotient(normalized(f, a), normalized(f, b)));
    }

    /** {@code a / b * 2^61}, its lowest bit set when inexact; both are in [2^62, 2^63). */
    private static long quotient(long a, long b) {
        long rest = a;
        long result = 0;
        for (int bit = 0; bit <= POINT; bit++) {
            result <<= 1;
            if (Long.compareUnsigned(rest, b) >= 0) {
                rest -= b;
                result |= 1;
            }
            rest <<= 1;
        }
        return rest != 0 ? result | 1 : result;
    }

    public long squareRoot(Format f, int mxcsr, long x) {
        use(mxcsr);
        long a = operand(f, x);
        if (f.nan(a)) {
            return propagate(f, a, a);
        }
        if (f.zero(a)) {
            return a;
        }
        if (f.negative(a)) {
            return invalid(f);
        }
        noteDenormals(f, a, a);
        if (f.infinite(a)) {
            return a;
        }
        int exponent = exponent(f, a) - f.bias;
        long radicand = normalized(f, a) << (exponent & 1);
        return round(f, false, (exponent >> 1) + f.bias, root(radicand));
    }

    /** Digit by digit: 56 bits of the root of a number in [1, 4) with its point above bit 62, at {@link #POINT}. */
    private static long root(long radicand) {
        int digits = 56;
        long left = radicand;
        long rest = 0;
        long result = 0;
        for (int digit = 0; digit < digits; digit++) {
            rest = rest << 2 | left >>> 62;
            left <<= 2;
            long trial = result << 2 | 1;
            result <<= 1;
            if (rest >= trial) {
                rest -= trial;
                result |= 1;
            }
        }
        return result << POINT + 1 - digits | (rest != 0 ? 1 : 0);
    }

    /** The significand of a number that is not zero, its highest bit at 62. */
    private static long normalized(Format f, long bits) {
        long significand = f.significand(bits);
        return significand << Long.numberOfLeadingZeros(significand) - 1;
    }

    /** The biased exponent that goes with {@link #normalized}; below 1 for denormals. */
    private static int exponent(Format f, long bits) {
        int missing = Long.numberOfLeadingZeros(f.significand(bits)) - (63 - f.fractionBits);
        return f.scale(bits) - missing;
    }

    // ---------------------------------------------------------------- rounding

    /**
     * Rounds and packs.
     *
     * @param exponent the biased exponent if the integer bit were at {@link #POINT}
     * @param significand not 0, below 2^63, its lowest bit set when something below it was lost
     */
    long round(Format f, boolean negative, int exponent, long significand) {
        int up = Long.numberOfLeadingZeros(significand) - 1;
        long normal = significand << up;
        int scale = exponent + 1 - up;
        int drop = 62 - f.fractionBits;
        if (scale < 1) {
            return roundSmall(f, negative, scale, normal, drop);
        }
        boolean inexact = Rounding.inexact(normal, drop);
        long rounded = Rounding.shift(normal, drop, negative, mode); // may carry into the exponent
        if (scale >= f.topExponent || ((long) (scale - 1) << f.fractionBits) + rounded >= f.infinity) {
            return overflow(f, negative, inexact);
        }
        raised |= inexact ? Mxcsr.PE : 0;
        return signed(f, negative, ((long) (scale - 1) << f.fractionBits) + rounded);
    }

    private long overflow(Format f, boolean negative, boolean inexact) {
        boolean masked = (control & Mxcsr.OE << Mxcsr.MASK_SHIFT) != 0;
        raised |= masked || inexact ? Mxcsr.OE | Mxcsr.PE : Mxcsr.OE;
        boolean towardZero = mode == Rounding.ZERO || mode == (negative ? Rounding.UP : Rounding.DOWN);
        return signed(f, negative, towardZero ? f.largest : f.infinity);
    }

    /** Below the normal range. Tininess is detected after rounding, as if the exponent had no bound. */
    private long roundSmall(Format f, boolean negative, int scale, long normal, int drop) {
        boolean carries = Rounding.shift(normal, drop, negative, mode) > (f.fraction << 1 | 1);
        boolean tiny = scale < 0 || !carries;
        if (tiny && (control & Mxcsr.UE << Mxcsr.MASK_SHIFT) == 0) {
            raised |= Rounding.inexact(normal, drop) ? Mxcsr.UE | Mxcsr.PE : Mxcsr.UE;
            return signed(f, negative, 0);
        }
        if (tiny && (control & Mxcsr.FTZ) != 0) {
            raised |= Mxcsr.UE | Mxcsr.PE;
            return signed(f, negative, 0);
        }
        long shifted = Rounding.jam(normal, 1 - scale);
        if (Rounding.inexact(shifted, drop)) {
            raised |= tiny ? Mxcsr.UE | Mxcsr.PE : Mxcsr.PE;
        }
        return signed(f, negative, Rounding.shift(shifted, drop, negative, mode));
    }

    // ---------------------------------------------------------------- comparison

    /**
     * Compares: -1, 0, 1 or {@link #UNORDERED}.
     *
     * @param quietIsInvalid whether quiet NaNs raise the invalid flag too
     */
    public int compare(Format f, int mxcsr, long x, long y, boolean quietIsInvalid) {
        use(mxcsr);
        long a = operand(f, x);
        long b = operand(f, y);
        if (f.nan(a) || f.nan(b)) {
            boolean signals = quietIsInvalid || f.signaling(a) || f.signaling(b);
            raised |= signals ? Mxcsr.IE : 0;
            return UNORDERED;
        }
        noteDenormals(f, a, b);
        return Long.compare(order(f, a), order(f, b));
    }

    /** A number that orders as the value does; both zeros give 0. */
    private static long order(Format f, long bits) {
        return f.negative(bits) ? -f.magnitude(bits) : f.magnitude(bits);
    }

    /** MIN: the second operand unless the first is less. */
    public long minimum(Format f, int mxcsr, long x, long y) {
        return compare(f, mxcsr, x, y, true) == -1 ? operand(f, x) : operand(f, y);
    }

    /** MAX: the second operand unless the first is greater. */
    public long maximum(Format f, int mxcsr, long x, long y) {
        return compare(f, mxcsr, x, y, true) == 1 ? operand(f, x) : operand(f, y);
    }

    // ---------------------------------------------------------------- conversion

    /** DOUBLE to SINGLE. */
    public long narrow(int mxcsr, long x) {
        use(mxcsr);
        Format from = Format.DOUBLE;
        Format to = Format.SINGLE;
        long a = operand(from, x);
        boolean negative = from.negative(a);
        if (from.nan(a)) {
            return signed(to, negative, propagate(from, a, a) >>> 29 & to.sign - 1);
        }
        noteDenormals(from, a, a);
        if (from.infinite(a) || from.zero(a)) {
            return signed(to, negative, from.zero(a) ? 0 : to.infinity);
        }
        long significand = from.significand(a) << POINT - from.fractionBits;
        return round(to, negative, from.scale(a) - from.bias + to.bias, significand);
    }

    /** SINGLE to DOUBLE. */
    public long widen(int mxcsr, long x) {
        use(mxcsr);
        Format from = Format.SINGLE;
        Format to = Format.DOUBLE;
        long a = operand(from, x);
        boolean negative = from.negative(a);
        if (from.nan(a)) {
            long quiet = propagate(from, a, a);
            return signed(to, negative, to.infinity | (quiet & from.fraction) << 29);
        }
        noteDenormals(from, a, a);
        if (from.infinite(a) || from.zero(a)) {
            return signed(to, negative, from.zero(a) ? 0 : to.infinity);
        }
        long significand = from.significand(a) << POINT - from.fractionBits;
        return round(to, negative, from.scale(a) - from.bias + to.bias, significand);
    }

    /** A signed integer, rounded where it has too many bits. */
    public long fromInteger(Format f, int mxcsr, long value) {
        use(mxcsr);
        if (value == 0) {
            return 0;
        }
        long magnitude = Math.abs(value); // 2^63 as an unsigned number for the least value
        int room = magnitude < 0 ? 1 : 0;
        return round(f, value < 0, f.bias + POINT + room, Rounding.jam(magnitude, room));
    }

    /** To a signed integer of 32 or 64 bits; the integer indefinite value where it does not fit. */
    public long toInteger(Format f, int mxcsr, long x, int bits, boolean truncate) {
        use(mxcsr);
        long a = operand(f, x);
        int shift = f.scale(a) - f.bias - f.fractionBits;
        boolean negative = f.negative(a);
        long indefinite = 1L << bits - 1;
        if (f.exponent(a) == f.topExponent || shift > 63 - f.fractionBits) {
            raised |= Mxcsr.IE;
            return indefinite;
        }
        long significand = f.significand(a);
        int rounding = truncate ? Rounding.ZERO : mode;
        long magnitude = shift >= 0 ? significand << shift : Rounding.shift(significand, -shift, negative, rounding);
        long limit = negative ? indefinite : indefinite - 1;
        if (Long.compareUnsigned(magnitude, limit) > 0) {
            raised |= Mxcsr.IE;
            return indefinite;
        }
        if (shift < 0 && Rounding.inexact(significand, -shift)) {
            raised |= Mxcsr.PE;
        }
        return negative ? -magnitude : magnitude;
    }

    /**
     * Rounds to an integral value of the same format.
     *
     * @param immediate of ROUNDPS: bits 1 and 0 rounding, bit 2 to use MXCSR's instead, bit 3 to keep PE as it is
     */
    public long toIntegral(Format f, int mxcsr, long x, int immediate) {
        use(mxcsr);
        long a = operand(f, x);
        if (f.nan(a)) {
            return propagate(f, a, a);
        }
        int shift = f.scale(a) - f.bias - f.fractionBits;
        if (shift >= 0 || f.zero(a)) {
            return a;
        }
        int rounding = (immediate & 4) != 0 ? mode : immediate & 3;
        long significand = f.significand(a);
        long magnitude = Rounding.shift(significand, -shift, f.negative(a), rounding);
        if ((immediate & 8) == 0 && Rounding.inexact(significand, -shift)) {
            raised |= Mxcsr.PE;
        }
        return signed(f, f.negative(a), magnitude == 0 ? 0 : fromInteger(f, mxcsr, magnitude));
    }
}
