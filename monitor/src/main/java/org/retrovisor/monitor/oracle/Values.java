package org.retrovisor.monitor.oracle;

import java.util.Random;

/** Numbers that find mistakes: borders of the integer sizes, special floating-point numbers, and random ones. */
final class Values {
    private static final long[] BORDERS = {0, 1, 2, -1, -2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFFL,
        0x8000_0000L, 0xFFFF_FFFFL, 0x1_0000_0000L, Long.MAX_VALUE, Long.MIN_VALUE, 0x8080_8080_8080_8080L};
    private static final double[] DOUBLES = {0.0, 1, 0.5, 1.5, 3, Double.MIN_VALUE, Double.MIN_NORMAL,
        Double.MAX_VALUE, Double.POSITIVE_INFINITY, 2147483647.5, 9.3e18, 4503599627370497.5, 0x1p-1050};
    private static final float[] FLOATS = {0f, 1f, 0.5f, 1.5f, 3f, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE,
        Float.POSITIVE_INFINITY, 2147483648f, 8388609.5f, 0x1p-140f};
    private static final long[] NAN_DOUBLES = {0x7FF8_0000_0000_0000L, 0x7FF0_0000_0000_0001L, 0x7FF8_0000_1234_5678L};
    private static final int[] NAN_FLOATS = {0x7FC0_0000, 0x7F80_0001, 0x7FC1_2345};

    private Values() {}

    /** An integer. */
    static long integer(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> BORDERS[random.nextInt(BORDERS.length)];
            case 1 -> random.nextLong() >> random.nextInt(64);
            case 2 -> BORDERS[random.nextInt(BORDERS.length)] + random.nextInt(3) - 1;
            default -> random.nextLong();
        };
    }

    /** Half a vector register: integers, one double or two floats. */
    static long vectorHalf(Random random) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> integer(random);
            case 2, 3, 4 -> doubleBits(random);
            default -> (long) floatBits(random) << 32 | floatBits(random) & 0xFFFF_FFFFL;
        };
    }

    private static long doubleBits(Random random) {
        long sign = (long) random.nextInt(2) << 63;
        return sign | switch (random.nextInt(8)) {
            case 0 -> NAN_DOUBLES[random.nextInt(NAN_DOUBLES.length)];
            case 1, 2, 3 -> Double.doubleToRawLongBits(DOUBLES[random.nextInt(DOUBLES.length)]);
            case 4 -> Double.doubleToRawLongBits(random.nextInt(1000));
            case 5 -> Double.doubleToRawLongBits(random.nextLong() * 0x1p-20) & Long.MAX_VALUE;
            case 6 -> Double.doubleToRawLongBits(random.nextDouble() + 1);
            default -> random.nextLong() & Long.MAX_VALUE;
        };
    }

    private static int floatBits(Random random) {
        int sign = random.nextInt(2) << 31;
        return sign | switch (random.nextInt(8)) {
            case 0 -> NAN_FLOATS[random.nextInt(NAN_FLOATS.length)];
            case 1, 2, 3 -> Float.floatToRawIntBits(FLOATS[random.nextInt(FLOATS.length)]);
            case 4 -> Float.floatToRawIntBits(random.nextInt(1000));
            case 5 -> Float.floatToRawIntBits(random.nextInt() * 0x1p-8f) & Integer.MAX_VALUE;
            case 6 -> Float.floatToRawIntBits(random.nextFloat() + 1);
            default -> random.nextInt() & Integer.MAX_VALUE;
        };
    }
}
