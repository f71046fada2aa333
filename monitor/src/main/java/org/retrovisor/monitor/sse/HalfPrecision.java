package org.retrovisor.monitor.sse;

/** VCVTPH2PS and VCVTPS2PH: 16-bit floating point (Intel SDM volume 1, section 14.4). */
public final class HalfPrecision {
    private static final int SIGN = 0x8000;
    private static final int INFINITY = 0x7C00;
    private static final int QUIET = 0x200;
    private static final int LARGEST = 0x7BFF;
    private static final int FRACTION_BITS = 10;
    private static final int DROPPED = 13;
    private static final int BIAS_DIFFERENCE = 112;

    private HalfPrecision() {}

    /** A half as a single: always exact; denormals raise no flag, and denormals-are-zero does not matter. */
    public static long widen(FloatUnit unit, int half) {
        long sign = (long) (half & SIGN) << 16;
        int exponent = half >> FRACTION_BITS & 31;
        int fraction = half & 0x3FF;
        if (exponent == 31) {
            if (fraction != 0 && (fraction & QUIET) == 0) {
                unit.raised |= Mxcsr.IE;
            }
            long quiet = fraction != 0 ? 0x40_0000 : 0;
            return sign | 0x7F80_0000L | (long) fraction << DROPPED | quiet;
        }
        if (exponent != 0) {
            return sign | (long) (exponent + BIAS_DIFFERENCE) << 23 | (long) fraction << DROPPED;
        }
        if (fraction == 0) {
            return sign;
        }
        int up = Integer.numberOfLeadingZeros(fraction) - 21;
        return sign | (long) (BIAS_DIFFERENCE + 1 - up) << 23 | (long) (fraction << up & 0x3FF) << DROPPED;
    }

    /**
     * A single as a half; the immediate says how to round, by MXCSR with bit 2. Flush-to-zero does not matter.
     *
     * @param unbounded whether an underflow that traps is inexact by what an unbounded exponent would make of it, as IEEE 754 has it; denormals
     *     are inexact whatever they hold (as seen on Intel's processors)
     */
    public static long narrow(FloatUnit unit, int mxcsr, int single, int immediate, boolean unbounded) {
        int sign = single >>> 16 & SIGN;
        int exponent = single >>> 23 & 0xFF;
        int fraction = single & 0x7F_FFFF;
        if (exponent == 0xFF) {
            if (fraction != 0 && (fraction & 0x40_0000) == 0) {
                unit.raised |= Mxcsr.IE;
            }
            return sign | INFINITY | fraction >> DROPPED | (fraction != 0 ? QUIET : 0);
        }
        if (exponent == 0 && fraction != 0) {
            if ((mxcsr & Mxcsr.DAZ) != 0) {
                return sign;
            }
            unit.raised |= Mxcsr.DE;
        }
        if (exponent == 0 && fraction == 0) {
            return sign;
        }
        int mode = (immediate & 4) != 0 ? Mxcsr.rounding(mxcsr) : immediate & 3;
        return sign | round(unit, mxcsr, sign != 0, exponent, fraction, mode, unbounded);
    }

    private static int round(
            FloatUnit unit, int mxcsr, boolean negative, int exponent, int fraction, int mode, boolean unbounded) {
        long significand = exponent == 0 ? fraction : fraction | 0x80_0000L;
        int scale = Math.max(exponent, 1) - BIAS_DIFFERENCE;
        int missing = Long.numberOfLeadingZeros(significand) - 40;
        long normal = significand << missing;
        scale -= missing;
        if (scale >= 1) {
            long rounded = Rounding.shift(normal, DROPPED, negative, mode);
            boolean inexact = Rounding.inexact(normal, DROPPED);
            int packed = (scale - 1 << FRACTION_BITS) + (int) rounded;
            if (scale > 30 || packed >= INFINITY) {
                return overflow(unit, mxcsr, negative, mode, inexact);
            }
            unit.raised |= inexact ? Mxcsr.PE : 0;
            return packed;
        }
        boolean carries = Rounding.shift(normal, DROPPED, negative, mode) > 0x7FF;
        boolean tiny = scale < 0 || !carries;
        long shifted = Rounding.jam(normal << 20, 1 - scale);
        boolean inexact = Rounding.inexact(shifted, DROPPED + 20);
        boolean unmasked = (mxcsr & Mxcsr.UE << Mxcsr.MASK_SHIFT) == 0;
        if (tiny && (inexact || unmasked)) {
            unit.raised |= Mxcsr.UE;
        }
        boolean lost = tiny && unmasked && unbounded && exponent != 0
                ? Rounding.inexact(significand, DROPPED)
                : inexact;
        unit.raised |= lost ? Mxcsr.PE : 0;
        return (int) Rounding.shift(shifted, DROPPED + 20, negative, mode);
    }

    private static int overflow(FloatUnit unit, int mxcsr, boolean negative, int mode, boolean inexact) {
        boolean masked = (mxcsr & Mxcsr.OE << Mxcsr.MASK_SHIFT) != 0;
        unit.raised |= masked || inexact ? Mxcsr.OE | Mxcsr.PE : Mxcsr.OE;
        boolean towardZero = mode == Rounding.ZERO || mode == (negative ? Rounding.UP : Rounding.DOWN);
        return towardZero ? LARGEST : INFINITY;
    }
}
