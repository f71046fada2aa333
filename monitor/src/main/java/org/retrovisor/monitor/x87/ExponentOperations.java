package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.Float80.BIAS;
import static org.retrovisor.monitor.x87.Float80.DENORMAL;
import static org.retrovisor.monitor.x87.Float80.INFINITY;
import static org.retrovisor.monitor.x87.Float80.SIGN;
import static org.retrovisor.monitor.x87.Float80.ZERO;
import static org.retrovisor.monitor.x87.Float80.classify;
import static org.retrovisor.monitor.x87.Float80.exponent;
import static org.retrovisor.monitor.x87.Float80.normalExponent;
import static org.retrovisor.monitor.x87.Float80.normalSignificand;
import static org.retrovisor.monitor.x87.Float80.sign;

/** Operations on exponent and integer part: FRNDINT, FSCALE, FXTRACT, FPREM and FPREM1. */
final class ExponentOperations {
    /** Beyond this, a scale factor takes any number out of range even with the unmasked adjustment. */
    private static final int MAX_SCALE = 0x10000;

    private final Rounder out;
    private final Arithmetic arithmetic;

    /** Second result of {@link #extract}: the exponent as a number. */
    long exponentSignificand;

    int exponentSignExponent;

    /** Lowest quotient bits of {@link #remainder}. */
    long quotient;

    /** {@link #remainder} only reduced its operand (C2). */
    boolean partial;

    /** {@link #remainder} had numbers to divide, so that {@link #quotient} means something. */
    boolean divided;

    ExponentOperations(Rounder out, Arithmetic arithmetic) {
        this.out = out;
        this.arithmetic = arithmetic;
    }

    /** Rounds to an integer in the extended format. */
    void roundToInteger(long s, int e) {
        out.begin();
        int kind = classify(s, e);
        if (arithmetic.settleNan(kind, s, e)) {
            return;
        }
        int integerBits = exponent(e) - BIAS + 1;
        if (kind == ZERO || kind == INFINITY || integerBits >= 64) {
            out.exact(e, s);
            return;
        }
        if (kind == DENORMAL && out.denormal()) {
            return;
        }
        int shift = 64 - integerBits;
        long magnitude = Bits128.shiftRightHigh(s, shift);
        long fraction = Bits128.shiftRightLowSticky(s, 0, shift);
        out.roundedUp = Rounder.increments(out.roundingControl, sign(e), magnitude, fraction);
        if (out.roundedUp) {
            magnitude++;
        }
        out.flags |= fraction == 0 ? 0 : X87Bits.PE;
        packInteger(e & SIGN, magnitude);
    }

    private void packInteger(int sign, long magnitude) {
        if (magnitude == 0) {
            out.exact(sign, 0);
        } else {
            int shift = Long.numberOfLeadingZeros(magnitude);
            out.exact(sign | BIAS + 63 - shift, magnitude << shift);
        }
    }

    /** {@code a * 2^trunc(b)}. */
    void scale(long sa, int ea, long sb, int eb) {
        out.begin();
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (arithmetic.settleNan(ka, sa, ea, kb, sb, eb)) {
            return;
        }
        boolean grow = sign(eb) == 0;
        if (kb == INFINITY && (grow ? ka == ZERO : ka == INFINITY)) {
            out.invalid();
        } else if (arithmetic.settleDenormal(ka, kb)) {
            return;
        } else if (kb == INFINITY && grow || ka == INFINITY) {
            out.infinity(sign(ea));
        } else if (kb == INFINITY || ka == ZERO) {
            out.zero(sign(ea));
        } else {
            out.roundExtended(
                    sign(ea), normalExponent(sa, ea) + scaleFactor(sb, eb), normalSignificand(sa), 0);
        }
    }

    private static int scaleFactor(long s, int e) {
        int integerBits = exponent(e) - BIAS + 1;
        if (integerBits <= 0) {
            return 0;
        }
        int magnitude = integerBits > 17 ? MAX_SCALE : (int) (s >>> 64 - integerBits);
        return (e & SIGN) != 0 ? -magnitude : magnitude;
    }

    /** Splits into significand (the result) and unbiased exponent (the second result). */
    void extract(long s, int e) {
        out.begin();
        int kind = classify(s, e);
        if (arithmetic.settleNan(kind, s, e)) {
            setExponent(out.significand, out.signExponent);
        } else if (kind == INFINITY) {
            out.exact(e, s);
            setExponent(s, Float80.EXPONENT_MASK);
        } else if (kind == ZERO) {
            out.flags |= X87Bits.ZE;
            out.exact(e, s);
            setExponent(Float80.INTEGER_BIT, SIGN | Float80.EXPONENT_MASK);
        } else if (kind != DENORMAL || !out.denormal()) {
            extractFinite(s, e);
        }
    }

    private void extractFinite(long s, int e) {
        int unbiased = normalExponent(s, e) - BIAS;
        packInteger(unbiased < 0 ? SIGN : 0, Math.abs(unbiased));
        setExponent(out.significand, out.signExponent);
        out.exact(e & SIGN | BIAS, normalSignificand(s));
    }

    private void setExponent(long s, int e) {
        exponentSignificand = s;
        exponentSignExponent = e;
    }

    /** Partial remainder of a by b; the quotient is truncated (FPREM) or rounded to nearest even (FPREM1). */
    void remainder(long sa, int ea, long sb, int eb, boolean nearest) {
        out.begin();
        quotient = 0;
        partial = false;
        divided = false;
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (arithmetic.settleNan(ka, sa, ea, kb, sb, eb)) {
            return;
        }
        if (ka == INFINITY || kb == ZERO) {
            out.invalid();
        } else if (arithmetic.settleDenormal(ka, kb)) {
            return;
        } else {
            divided = true;
            divideNumbers(ka, sa, ea, kb, sb, eb, nearest);
        }
    }

    private void divideNumbers(int ka, long sa, int ea, int kb, long sb, int eb, boolean nearest) {
        if (ka == ZERO) {
            out.exact(ea, sa);
        } else if (kb == INFINITY) {
            out.roundExtended(sign(ea), normalExponent(sa, ea), normalSignificand(sa), 0);
        } else {
            reduce(
                    sign(ea),
                    normalExponent(sa, ea),
                    normalSignificand(sa),
                    normalExponent(sb, eb),
                    normalSignificand(sb),
                    nearest);
        }
    }

    private void reduce(int sign, int ea, long sa, int eb, long sb, boolean nearest) {
        int difference = ea - eb;
        if (difference >= 64) {
            partial = true;
            int bits = difference & 31 | 32;
            finish(sign, ea - bits, divideStep(sa, sb, bits));
        } else if (difference >= 0) {
            long rest = divideStep(sa, sb, difference);
            boolean up = nearest && roundsQuotientUp(rest, sb);
            if (up) {
                quotient++;
            }
            finish(up ? sign ^ 1 : sign, eb, up ? sb - rest : rest);
        } else if (nearest && difference == -1 && Long.compareUnsigned(sa, sb) > 0) {
            quotient = 1;
            finish(sign ^ 1, ea, (sb << 1) - sa);
        } else {
            finish(sign, ea, sa);
        }
    }

    /** Remainder of {@code sa * 2^bits} by sb, the quotient left in the field; both have their top bit set. */
    private long divideStep(long sa, long sb, int bits) {
        boolean one = Long.compareUnsigned(sa, sb) >= 0;
        long rest = one ? sa - sb : sa;
        quotient = (one ? 1L : 0) << bits;
        if (bits == 0) {
            return rest;
        }
        long low = rest << bits;
        long lower = Bits128.divide(rest >>> 64 - bits, low, sb);
        quotient += lower;
        return low - lower * sb;
    }

    private boolean roundsQuotientUp(long rest, long divisor) {
        long complement = divisor - rest;
        int order = Long.compareUnsigned(rest, complement);
        return order > 0 || order == 0 && (quotient & 1) != 0;
    }

    private void finish(int sign, int exponent, long rest) {
        if (rest == 0) {
            out.zero(sign);
            return;
        }
        int shift = Long.numberOfLeadingZeros(rest);
        out.roundExtended(sign, exponent - shift, rest << shift, 0);
    }
}
