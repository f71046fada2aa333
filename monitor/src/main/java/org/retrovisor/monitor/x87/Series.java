package org.retrovisor.monitor.x87;

/**
 * Power series over {@link Wide}, each summed from its smallest term to far below 64 bits. Arguments are reduced by the
 * caller to the range that each method states.
 */
final class Series {
    /** Terms that bring each series below 2^-120 on its range. */
    private static final int CIRCULAR_TERMS = 16;

    private static final int EXPONENTIAL_TERMS = 31;
    private static final int LOGARITHM_TERMS = 26;
    private static final int ARC_TERMS = 14;

    private static final Wide[] RECIPROCALS = reciprocals();
    private static final Wide[] SINE = products(2);
    private static final Wide[] COSINE = products(1);

    private Series() {}

    private static Wide[] reciprocals() {
        Wide[] result = new Wide[2 * LOGARITHM_TERMS + 2];
        for (int n = 1; n < result.length; n++) {
            result[n] = WideConstants.reciprocal(n);
        }
        return result;
    }

    /** 1 / (n (n + 1)) for n = first, first + 2, ... */
    private static Wide[] products(int first) {
        Wide[] result = new Wide[CIRCULAR_TERMS];
        for (int i = 0; i < result.length; i++) {
            int n = first + 2 * i;
            result[i] = WideConstants.reciprocal((long) n * (n + 1));
        }
        return result;
    }

    /** Sine for |x| up to pi/4: x (1 - x²/(2·3) (1 - x²/(4·5) (1 - ...))). */
    static Wide sine(Wide x) {
        return x.times(alternating(x.times(x), SINE));
    }

    /** Cosine for |x| up to pi/4: 1 - x²/(1·2) (1 - x²/(3·4) (1 - ...)). */
    static Wide cosine(Wide x) {
        return alternating(x.times(x), COSINE);
    }

    private static Wide alternating(Wide square, Wide[] coefficients) {
        Wide sum = Wide.ONE;
        for (int i = coefficients.length - 1; i >= 0; i--) {
            sum = Wide.ONE.minus(sum.times(square).times(coefficients[i]));
        }
        return sum;
    }

    /** e^x - 1 for |x| up to ln 2: x (1 + x/2 (1 + x/3 (1 + ...))). */
    static Wide exponentialMinusOne(Wide x) {
        Wide sum = Wide.ONE;
        for (int n = EXPONENTIAL_TERMS; n >= 2; n--) {
            sum = Wide.ONE.plus(sum.times(x).times(RECIPROCALS[n]));
        }
        return sum.times(x);
    }

    /** Inverse hyperbolic tangent for |x| up to 3 - 2 sqrt 2, the value at which log(sqrt 2) is computed. */
    static Wide inverseHyperbolicTangent(Wide x) {
        return oddPowers(x, x.times(x), LOGARITHM_TERMS);
    }

    /** Arc tangent for |x| up to 1/32. */
    static Wide arcTangent(Wide x) {
        return oddPowers(x, x.times(x).negated(), ARC_TERMS);
    }

    /** x (1 + s/3 + s²/5 + ...). */
    private static Wide oddPowers(Wide x, Wide square, int terms) {
        Wide sum = RECIPROCALS[2 * terms + 1];
        for (int k = terms - 1; k >= 0; k--) {
            sum = RECIPROCALS[2 * k + 1].plus(sum.times(square));
        }
        return sum.times(x);
    }
}
