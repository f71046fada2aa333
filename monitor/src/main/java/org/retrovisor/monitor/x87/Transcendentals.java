package org.retrovisor.monitor.x87;

import java.math.BigInteger;
import java.util.Arrays;

import static org.retrovisor.monitor.x87.Float80.BIAS;
import static org.retrovisor.monitor.x87.Float80.DENORMAL;
import static org.retrovisor.monitor.x87.Float80.INFINITY;
import static org.retrovisor.monitor.x87.Float80.INTEGER_BIT;
import static org.retrovisor.monitor.x87.Float80.SIGN;
import static org.retrovisor.monitor.x87.Float80.ZERO;
import static org.retrovisor.monitor.x87.Float80.classify;
import static org.retrovisor.monitor.x87.Float80.exponent;
import static org.retrovisor.monitor.x87.Float80.sign;

/**
 * The transcendental functions (Intel SDM volume 1, section 8.3.6). Results are computed to about 120 bits and then
 * rounded once, so they are the correctly rounded ones but for cases rarer than one in 2^50, and the same on every host.
 * Real processors differ here from ours and from each other in the last bit: the manual allows one unit.
 */
final class Transcendentals {
    private static final int ARC_STEPS = 16;

    /** The manual's pi/4, 0.C90FDAA22168C234C in hexadecimal, in units of 2^-66. */
    private static final BigInteger QUARTER_PI = new BigInteger("C90FDAA22168C234C", 16).shiftRight(2);

    private final Rounder out;
    private final Arithmetic arithmetic;

    /** Second result of the functions that push one. */
    long secondSignificand;

    int secondSignExponent;

    /** Quadrant of the last reduced argument. */
    private int quadrant;

    Transcendentals(Rounder out, Arithmetic arithmetic) {
        this.out = out;
        this.arithmetic = arithmetic;
    }

    /** What takes a while to compute, and few guests need. */
    private static final class Constants {
        static final Wide TWO_LOG2_E = WideConstants.LOG2_E.scaled(1);
        /** Arc tangents of i/16. */
        static final Wide[] ARC_TANGENTS = new Wide[ARC_STEPS + 1];

        static {
            Arrays.setAll(ARC_TANGENTS, i -> WideConstants.arcTangent(i, ARC_STEPS));
        }
    }

    /** A finite argument too large for the circular functions: |x| is 2^63 or more. */
    static boolean isOutOfRange(long s, int e) {
        int biased = exponent(e);
        return biased >= BIAS + 63 && biased != Float80.EXPONENT_MASK && s < 0;
    }

    /** Sine. */
    void sine(long s, int e) {
        if (circular(s, e)) {
            return;
        }
        if (classify(s, e) == ZERO) {
            out.exact(e, s);
            return;
        }
        Wide reduced = reduce(s, e);
        roundToward(sineInQuadrant(reduced, quadrant));
    }

    /** Cosine. */
    void cosine(long s, int e) {
        if (circular(s, e)) {
            return;
        }
        if (classify(s, e) == ZERO) {
            one();
            return;
        }
        Wide reduced = reduce(s, e);
        roundToward(sineInQuadrant(reduced, quadrant + 1));
    }

    /** Sine as the result to stay below, cosine as the second result. */
    void sineAndCosine(long s, int e) {
        sine(s, e);
        int sineFlags = out.flags;
        boolean sineUp = out.roundedUp;
        long sineSignificand = out.significand;
        int sineSignExponent = out.signExponent;
        cosine(s, e);
        secondSignificand = out.significand;
        secondSignExponent = out.signExponent;
        out.exact(sineSignExponent, sineSignificand);
        out.flags |= sineFlags;
        out.roundedUp |= sineUp;
    }

    /** Tangent; the 1 that FPTAN pushes is the second result, or the NaN of an invalid operand. */
    void tangent(long s, int e) {
        boolean settled = circular(s, e);
        if (settled) {
            secondSignificand = out.significand;
            secondSignExponent = out.signExponent;
            return;
        }
        secondSignificand = INTEGER_BIT;
        secondSignExponent = BIAS;
        if (classify(s, e) == ZERO) {
            out.exact(e, s);
            return;
        }
        Wide reduced = reduce(s, e);
        roundAway(sineInQuadrant(reduced, quadrant).over(sineInQuadrant(reduced, quadrant + 1)));
    }

    /** Settles NaNs, infinities and denormals of the circular functions; false when there is a number to work on. */
    private boolean circular(long s, int e) {
        out.begin();
        int kind = classify(s, e);
        if (arithmetic.settleNan(kind, s, e)) {
            return true;
        }
        if (kind == INFINITY) {
            out.invalid();
            return true;
        }
        return kind == DENORMAL && out.denormal();
    }

    /**
     * The argument less the nearest multiple of pi/2, which is left in {@link #quadrant}. The remainder is exact, but for the
     * manual's pi of 66 bits (SDM volume 1, section 8.3.8), as in the processors: a guest that reduces large arguments with
     * FPREM and FLDPI before gets what it expects.
     */
    private Wide reduce(long s, int e) {
        Wide x = Wide.of(s, e);
        quadrant = 0;
        if (x.exponent() < -1) {
            return x;
        }
        BigInteger argument = new BigInteger(Long.toUnsignedString(x.high())).shiftLeft(x.exponent() + 3);
        BigInteger[] parts = argument.add(QUARTER_PI).divideAndRemainder(QUARTER_PI.shiftLeft(1));
        int quarter = parts[0].intValue() & 3;
        quadrant = x.sign() == 0 ? quarter : -quarter;
        Wide reduced = Wide.of(parts[1].subtract(QUARTER_PI), -66);
        return x.sign() == 0 ? reduced : reduced.negated();
    }

    private static Wide sineInQuadrant(Wide reduced, int quarter) {
        Wide value = (quarter & 1) == 0 ? Series.sine(reduced) : Series.cosine(reduced);
        return (quarter & 2) == 0 ? value : value.negated();
    }

    /** Rounds an inexact value whose magnitude is, if anything, below what the 128 bits say. */
    private void roundToward(Wide value) {
        if (value.low() != 0) {
            out.roundExtended(value.sign(), value.exponent() + BIAS, value.high(), value.low());
        } else if (value.high() == INTEGER_BIT) {
            out.roundExtended(value.sign(), value.exponent() + BIAS - 1, -1L, -1L);
        } else {
            out.roundExtended(value.sign(), value.exponent() + BIAS, value.high() - 1, -1L);
        }
    }

    /** Rounds an inexact value whose magnitude is, if anything, above what the 128 bits say. */
    private void roundAway(Wide value) {
        out.roundExtended(value.sign(), value.exponent() + BIAS, value.high(), value.low() | 1);
    }

    private void roundExact(Wide value) {
        out.roundExtended(value.sign(), value.exponent() + BIAS, value.high(), value.low());
    }

    private void one() {
        out.exact(BIAS, INTEGER_BIT);
    }

    /** 2^x - 1 for x in -1 to 1; outside, where the manual promises nothing, x itself. */
    void exponential(long s, int e) {
        out.begin();
        int kind = classify(s, e);
        if (arithmetic.settleNan(kind, s, e)) {
            return;
        }
        if (kind == ZERO || kind == INFINITY && sign(e) == 0) {
            out.exact(e, s);
        } else if (kind == INFINITY) {
            out.exact(SIGN | BIAS, INTEGER_BIT);
        } else if (kind != DENORMAL || !out.denormal()) {
            exponentialOfNumber(s, e);
        }
    }

    private void exponentialOfNumber(long s, int e) {
        boolean unit = exponent(e) == BIAS && s == INTEGER_BIT;
        if (unit && sign(e) != 0) {
            out.flags |= X87Bits.PE;
            out.exact(SIGN | BIAS - 1, INTEGER_BIT);
        } else if (exponent(e) >= BIAS) {
            out.flags |= X87Bits.PE;
            out.exact(e, s);
        } else {
            roundAway(Series.exponentialMinusOne(Wide.of(s, e).times(WideConstants.LN2)));
        }
    }

    /** y log2(x), x being the first operand (ST(0)). */
    void logarithm(long sx, int ex, long sy, int ey) {
        out.begin();
        int kx = classify(sx, ex);
        int ky = classify(sy, ey);
        if (arithmetic.settleNan(kx, sx, ex, ky, sy, ey)) {
            return;
        }
        boolean unit = sx == INTEGER_BIT && ex == BIAS;
        boolean below = exponent(ex) < BIAS;
        if (kx != ZERO && sign(ex) != 0) {
            out.invalid();
        } else if (kx == ZERO) {
            logarithmOfZero(ky, sign(ey));
        } else if (ky == INFINITY && unit || ky == ZERO && kx == INFINITY) {
            out.invalid();
        } else if (arithmetic.settleDenormal(kx, ky)) {
            return;
        } else if (kx == INFINITY || ky == INFINITY) {
            out.infinity(sign(ey) ^ (below ? 1 : 0));
        } else if (ky == ZERO || unit) {
            out.zero(sign(ey) ^ (below ? 1 : 0));
        } else {
            roundProduct(log2(Wide.of(sx, ex)), Wide.of(sy, ey));
        }
    }

    private void logarithmOfZero(int ky, int signY) {
        if (ky == ZERO) {
            out.invalid();
            return;
        }
        if (ky != INFINITY) {
            out.flags |= X87Bits.ZE;
        }
        out.infinity(signY ^ 1);
    }

    /** y log2(x + 1). */
    void logarithmOfSum(long sx, int ex, long sy, int ey) {
        out.begin();
        int kx = classify(sx, ex);
        int ky = classify(sy, ey);
        if (arithmetic.settleNan(kx, sx, ex, ky, sy, ey)) {
            return;
        }
        int sign = sign(ex ^ ey);
        boolean minusOneOrLess = sign(ex) != 0 && exponent(ex) >= BIAS;
        if (minusOneOrLess || kx == ZERO && ky == INFINITY || kx == INFINITY && ky == ZERO) {
            out.invalid();
        } else if (arithmetic.settleDenormal(kx, ky)) {
            return;
        } else if (kx == INFINITY || ky == INFINITY) {
            out.infinity(sign);
        } else if (kx == ZERO || ky == ZERO) {
            out.zero(sign);
        } else {
            roundProduct(log2OfSum(Wide.of(sx, ex)), Wide.of(sy, ey));
        }
    }

    /**
     * A logarithm of 64 bits or fewer is a whole number, and its product exact; all others are irrational. Like the
     * processors we call both inexact.
     */
    private void roundProduct(Wide logarithm, Wide factor) {
        Wide product = logarithm.times(factor);
        if (logarithm.low() != 0) {
            roundAway(product);
            return;
        }
        roundExact(product);
        out.flags |= X87Bits.PE;
        if (exponent(out.signExponent) == 0) {
            out.flags |= X87Bits.UE;
        }
    }

    private static Wide log2(Wide x) {
        int whole = x.exponent();
        Wide mantissa = x.scaled(-whole);
        if (mantissa.compareMagnitude(WideConstants.SQRT_2) > 0) {
            mantissa = mantissa.scaled(-1);
            whole++;
        }
        Wide ratio = mantissa.minus(Wide.ONE).over(mantissa.plus(Wide.ONE));
        return whole(whole).plus(log2OfRatio(ratio));
    }

    private static Wide log2OfSum(Wide x) {
        if (x.exponent() >= -2) {
            return log2(Wide.ONE.plus(x));
        }
        return log2OfRatio(x.over(x.plus(Wide.of(2))));
    }

    /** log2((1 + r) / (1 - r)). */
    private static Wide log2OfRatio(Wide ratio) {
        return Series.inverseHyperbolicTangent(ratio).times(Constants.TWO_LOG2_E);
    }

    private static Wide whole(int value) {
        if (value == 0) {
            return Wide.ZERO;
        }
        return value < 0 ? Wide.of(-value).negated() : Wide.of(value);
    }

    /** The angle of the point (x, y): arc tangent of y/x over all four quadrants. */
    void arcTangent(long sx, int ex, long sy, int ey) {
        out.begin();
        int kx = classify(sx, ex);
        int ky = classify(sy, ey);
        if (arithmetic.settleNan(kx, sx, ex, ky, sy, ey) || arithmetic.settleDenormal(kx, ky)) {
            return;
        }
        int signY = sign(ey);
        boolean left = sign(ex) != 0;
        boolean onX = ky == ZERO || kx == INFINITY && ky != INFINITY;
        boolean onY = kx == ZERO || ky == INFINITY && kx != INFINITY;
        if (onX) {
            axis(signY, left ? WideConstants.PI : Wide.ZERO);
        } else if (onY) {
            axis(signY, WideConstants.HALF_PI);
        } else if (kx == INFINITY) {
            Wide eighth = WideConstants.HALF_PI.scaled(-1);
            axis(signY, left ? WideConstants.PI.minus(eighth) : eighth);
        } else {
            Wide angle = angle(Wide.of(sx, ex).magnitude(), Wide.of(sy, ey).magnitude());
            Wide full = left ? WideConstants.PI.minus(angle) : angle;
            roundToward(signY == 0 ? full : full.negated());
        }
    }

    private void axis(int sign, Wide angle) {
        if (angle.isZero()) {
            out.zero(sign);
        } else {
            roundAway(sign == 0 ? angle : angle.negated());
        }
    }

    /** The angle of a point in the first quadrant. */
    private static Wide angle(Wide x, Wide y) {
        if (y.compareMagnitude(x) > 0) {
            return WideConstants.HALF_PI.minus(arcTangentOfRatio(x.over(y)));
        }
        return arcTangentOfRatio(y.over(x));
    }

    /** Arc tangent of 0 to 1: atan(q) = atan(c) + atan((q - c) / (1 + q c)) with c the nearest sixteenth. */
    private static Wide arcTangentOfRatio(Wide q) {
        if (q.exponent() < -5) {
            return Series.arcTangent(q);
        }
        int step = (int) ((q.high() >>> 58 + -q.exponent()) + 1 >>> 1);
        if (step == 0) {
            return Series.arcTangent(q);
        }
        Wide nearest = Wide.of(step).scaled(-4);
        Wide rest = q.minus(nearest).over(Wide.ONE.plus(q.times(nearest)));
        return Constants.ARC_TANGENTS[step].plus(Series.arcTangent(rest));
    }

    /** A constant in the rounding of the control word, without exceptions. */
    void constant(Wide value) {
        out.begin();
        roundExact(value);
        out.begin();
    }
}
