package org.retrovisor.monitor.oracle;

import java.util.Random;

/**
 * Pairs of floating-point numbers that meet where arithmetic is hard: sums that cancel or just touch, products and
 * quotients at the ends of the exponent range, halves of the last place, integers at the ends of their types.
 */
public final class FloatOperands {
    private final Random random;
    private final int fractionBits;
    private final int topExponent;
    private final int bias;
    private long first;

    /** Operands of single or of double precision. */
    public FloatOperands(Random random, boolean single) {
        this.random = random;
        fractionBits = single ? 23 : 52;
        topExponent = single ? 0xFF : 0x7FF;
        bias = topExponent / 2;
    }

    /** A number. */
    public long first() {
        first = switch (random.nextInt(4)) {
            case 0 -> nearInteger();
            case 1 -> number(bias + random.nextInt(7) - 3);
            default -> number(random.nextInt(topExponent));
        };
        return first;
    }

    /** A number that goes with {@link #first}. */
    public long second() {
        int exponent = (int) (first >>> fractionBits) & topExponent;
        long mask = topExponent == 0xFF ? 0xFFFF_FFFFL : -1L;
        return mask & switch (random.nextInt(7)) {
            case 0 -> first + random.nextInt(5) - 2 ^ sign();
            case 1 -> number(exponent + random.nextInt(2 * fractionBits + 6) - fractionBits - 3);
            case 6 -> productAtLeastNormal();
            case 2, 3 -> number(edge() + bias - exponent);
            default -> number(exponent + bias - edge());
        };
    }

    /** An exponent at the ends of the range, or in the middle. */
    private int edge() {
        return switch (random.nextInt(4)) {
            case 0 -> topExponent - 2 + random.nextInt(4);
            case 1 -> bias;
            case 2 -> random.nextInt(4) - 2;
            default -> 2 - random.nextInt(fractionBits + 5);
        };
    }

    private long number(int exponent) {
        long field = Math.clamp(exponent, 0, topExponent - 1);
        return sign() | field << fractionBits | fraction();
    }

    private long sign() {
        return random.nextBoolean() ? 1L << fractionBits + (topExponent == 0xFF ? 8 : 11) : 0;
    }

    private long fraction() {
        long ones = (1L << fractionBits) - 1;
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextInt(4);
            case 2 -> ones - random.nextInt(4);
            case 3 -> ones << random.nextInt(fractionBits) & ones;
            case 4 -> random.nextLong() << random.nextInt(fractionBits) & ones;
            default -> random.nextLong() & ones;
        };
    }

    /** Up to a little beyond 64 bits, with a fraction of nothing, a half, or next to a half. */
    private long nearInteger() {
        double value = random.nextLong() >> random.nextInt(64);
        if (random.nextInt(3) == 0) {
            value = Math.scalb(random.nextBoolean() ? 1.0 : -1.0, random.nextInt(66));
        }
        value += (random.nextInt(5) - 2) * 0.5;
        long bits = topExponent == 0xFF ? Float.floatToRawIntBits((float) value) : Double.doubleToRawLongBits(value);
        return bits + random.nextInt(3) - 1 & (topExponent == 0xFF ? 0xFFFF_FFFFL : -1L);
    }

    /** What gives, times the first or divided into it, the least normal number but for a few units of the last place. */
    private long productAtLeastNormal() {
        boolean single = topExponent == 0xFF;
        double a = single ? Float.intBitsToFloat((int) first) : Double.longBitsToDouble(first);
        double least = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        double b = random.nextBoolean() ? least / a : a / least;
        long bits = single ? Float.floatToRawIntBits((float) b) : Double.doubleToRawLongBits(b);
        return bits + random.nextInt(5) - 2;
    }
}
