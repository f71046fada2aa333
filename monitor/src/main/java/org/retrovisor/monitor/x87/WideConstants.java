package org.retrovisor.monitor.x87;

import java.math.BigInteger;

/**
 * Constants of the transcendental functions, computed at start-up from series of integers rather than written down, so
 * that no digit has to be trusted.
 */
final class WideConstants {
    /** Fraction bits of the integer computations; the series below lose fewer than 20 of them. */
    private static final int SCALE = 448;

    private static final BigInteger UNIT = BigInteger.ONE.shiftLeft(SCALE);
    private static final BigInteger PI_SCALED = pi();
    private static final BigInteger LN2_SCALED = inverseHyperbolic(26, 18).add(inverseHyperbolic(4801, -2))
            .add(inverseHyperbolic(8749, 8));
    private static final BigInteger LN10_SCALED = inverseHyperbolic(31, 46).add(inverseHyperbolic(49, 34))
            .add(inverseHyperbolic(161, 20));

    static final Wide PI = wide(PI_SCALED);
    static final Wide HALF_PI = PI.scaled(-1);
    static final Wide LN2 = wide(LN2_SCALED);
    static final Wide LOG2_E = wide(ratio(UNIT, LN2_SCALED));
    static final Wide LOG2_10 = wide(ratio(LN10_SCALED, LN2_SCALED));
    static final Wide LOG10_2 = wide(ratio(LN2_SCALED, LN10_SCALED));
    static final Wide SQRT_2 = wide(UNIT.shiftLeft(SCALE + 1).sqrt());

    private WideConstants() {}

    private static Wide wide(BigInteger scaled) {
        return Wide.of(scaled, -SCALE);
    }

    private static BigInteger ratio(BigInteger numerator, BigInteger denominator) {
        return numerator.shiftLeft(SCALE).divide(denominator);
    }

    /** 1 / n, cut to 128 bits. */
    static Wide reciprocal(long n) {
        return wide(UNIT.divide(BigInteger.valueOf(n)));
    }

    /** Arc tangent of {@code numerator / denominator}, at most 1. */
    static Wide arcTangent(int numerator, int denominator) {
        // atan(a/b) = pi/4 - atan((b-a)/(b+a)) keeps the series short near 1.
        if (2 * numerator > denominator) {
            BigInteger rest = arcSeries(denominator - numerator, denominator + numerator, -1);
            return wide(PI_SCALED.shiftRight(2).subtract(rest));
        }
        return wide(arcSeries(numerator, denominator, -1));
    }

    /** Machin: pi = 16 atan(1/5) - 4 atan(1/239). */
    private static BigInteger pi() {
        return arcSeries(1, 5, -1).shiftLeft(4).subtract(arcSeries(1, 239, -1).shiftLeft(2));
    }

    /** {@code factor * artanh(1/n)}. */
    private static BigInteger inverseHyperbolic(int n, int factor) {
        return arcSeries(1, n, 1).multiply(BigInteger.valueOf(factor));
    }

    /** Sum of {@code sign^k x^(2k+1) / (2k+1)} for {@code x = numerator / denominator}. */
    private static BigInteger arcSeries(int numerator, int denominator, int sign) {
        BigInteger up = BigInteger.valueOf((long) numerator * numerator * sign);
        BigInteger down = BigInteger.valueOf((long) denominator * denominator);
        BigInteger power = UNIT.multiply(BigInteger.valueOf(numerator)).divide(BigInteger.valueOf(denominator));
        BigInteger sum = BigInteger.ZERO;
        for (int k = 1; power.signum() != 0; k += 2) {
            sum = sum.add(power.divide(BigInteger.valueOf(k)));
            power = power.multiply(up).divide(down);
        }
        return sum;
    }
}
