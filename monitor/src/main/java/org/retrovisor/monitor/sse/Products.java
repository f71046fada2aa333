package org.retrovisor.monitor.sse;

/** Packed multiplications and sums over neighbouring lanes of a 64-bit word. */
public final class Products {
    private Products() {}

    static int word(long a, int lane) {
        return (short) (a >>> 16 * lane);
    }

    static int unsignedWord(long a, int lane) {
        return (int) (a >>> 16 * lane) & 0xFFFF;
    }

    static int unsignedByte(long a, int lane) {
        return (int) (a >>> 8 * lane) & 0xFF;
    }

    private static long low(long value) {
        return value & 0xFFFF_FFFFL;
    }

    static long join(int high, int low) {
        return (long) high << 32 | low(low);
    }

    static int saturateWord(int value) {
        return Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** PMULLW. */
    public static long multiplyLowWords(long a, long b) {
        long result = 0;
        for (int lane = 0; lane < 4; lane++) {
            result |= (long) (word(a, lane) * word(b, lane) & 0xFFFF) << 16 * lane;
        }
        return result;
    }

    /** PMULHW. */
    public static long multiplyHighWords(long a, long b) {
        long result = 0;
        for (int lane = 0; lane < 4; lane++) {
            result |= (long) (word(a, lane) * word(b, lane) >>> 16) << 16 * lane;
        }
        return result;
    }

    /** PMULHUW. */
    public static long multiplyHighUnsignedWords(long a, long b) {
        long result = 0;
        for (int lane = 0; lane < 4; lane++) {
            result |= (long) (unsignedWord(a, lane) * unsignedWord(b, lane) >>> 16) << 16 * lane;
        }
        return result;
    }

    /** PMULHRSW: the product's bits 30 to 15, rounded. */
    public static long multiplyHighRoundedWords(long a, long b) {
        long result = 0;
        for (int lane = 0; lane < 4; lane++) {
            int product = (word(a, lane) * word(b, lane) >> 14) + 1 >> 1;
            result |= (long) (product & 0xFFFF) << 16 * lane;
        }
        return result;
    }

    /** PMULLD. */
    public static long multiplyLowDoubles(long a, long b) {
        return join((int) (a >>> 32) * (int) (b >>> 32), (int) a * (int) b);
    }

    /** PMULUDQ. */
    public static long multiplyUnsignedDoubles(long a, long b) {
        return low(a) * low(b);
    }

    /** PMULDQ. */
    public static long multiplySignedDoubles(long a, long b) {
        return (long) (int) a * (int) b;
    }

    /** PMADDWD. */
    public static long multiplyAddWords(long a, long b) {
        return join(
                word(a, 3) * word(b, 3) + word(a, 2) * word(b, 2), word(a, 1) * word(b, 1) + word(a, 0) * word(b, 0));
    }

    /** PMADDUBSW: unsigned bytes of a times signed bytes of b, pairs summed with saturation. */
    public static long multiplyAddBytes(long a, long b) {
        long result = 0;
        for (int lane = 0; lane < 8; lane += 2) {
            int sum = unsignedByte(a, lane) * (byte) (b >>> 8 * lane)
                    + unsignedByte(a, lane + 1) * (byte) (b >>> 8 * lane + 8);
            result |= (long) (saturateWord(sum) & 0xFFFF) << 8 * lane;
        }
        return result;
    }

    /** PSADBW. */
    public static long sumAbsoluteDifferences(long a, long b) {
        int sum = 0;
        for (int lane = 0; lane < 8; lane++) {
            sum += Math.abs(unsignedByte(a, lane) - unsignedByte(b, lane));
        }
        return sum;
    }

    /** Half the result of PHADDW, in the low 32 bits: the sums of the pairs of words of one source word. */
    public static long addPairsOfWords(long a) {
        return word(a, 0) + word(a, 1) & 0xFFFF | (long) (word(a, 2) + word(a, 3) & 0xFFFF) << 16;
    }

    /** {@link #addPairsOfWords} for PHADDSW. */
    public static long addPairsOfWordsSaturated(long a) {
        return saturateWord(word(a, 0) + word(a, 1)) & 0xFFFF
                | (long) (saturateWord(word(a, 2) + word(a, 3)) & 0xFFFF) << 16;
    }

    /** {@link #addPairsOfWords} for PHSUBW. */
    public static long subtractPairsOfWords(long a) {
        return word(a, 0) - word(a, 1) & 0xFFFF | (long) (word(a, 2) - word(a, 3) & 0xFFFF) << 16;
    }

    /** {@link #addPairsOfWords} for PHSUBSW. */
    public static long subtractPairsOfWordsSaturated(long a) {
        return saturateWord(word(a, 0) - word(a, 1)) & 0xFFFF
                | (long) (saturateWord(word(a, 2) - word(a, 3)) & 0xFFFF) << 16;
    }

    /** Half the result of PHADDD. */
    public static long addPairOfDoubles(long a) {
        return low((int) a + (int) (a >>> 32));
    }

    /** Half the result of PHSUBD. */
    public static long subtractPairOfDoubles(long a) {
        return low((int) a - (int) (a >>> 32));
    }
}
