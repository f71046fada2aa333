package org.retrovisor.monitor.sse;

/**
 * The steps of AES on a state of 16 bytes in two longs, first byte lowest (FIPS 197; Intel SDM volume 2, AES instructions).
 * The substitution is computed from its definition when the class is loaded.
 */
public final class Aes {
    private static final int REDUCTION = 0x11B;
    private static final int AFFINE = 0x63;
    private static final byte[] SUBSTITUTE = new byte[256];
    private static final byte[] RESTORE = new byte[256];

    static {
        for (int value = 0; value < 256; value++) {
            int inverse = inverse(value);
            int substitute = inverse ^ rotate(inverse, 1) ^ rotate(inverse, 2) ^ rotate(inverse, 3)
                    ^ rotate(inverse, 4) ^ AFFINE;
            SUBSTITUTE[value] = (byte) substitute;
            RESTORE[substitute] = (byte) value;
        }
    }

    private Aes() {}

    /** AESENC: one round. */
    public static void encrypt(long[] x, int d, long keyLow, long keyHigh) {
        shiftAndSubstitute(x, d, SUBSTITUTE, 1);
        x[d] = mix(x[d], 2, 3, 1, 1) ^ keyLow;
        x[d + 1] = mix(x[d + 1], 2, 3, 1, 1) ^ keyHigh;
    }

    /** AESENCLAST: the last round, which mixes no columns. */
    public static void encryptLast(long[] x, int d, long keyLow, long keyHigh) {
        shiftAndSubstitute(x, d, SUBSTITUTE, 1);
        x[d] ^= keyLow;
        x[d + 1] ^= keyHigh;
    }

    /** AESDEC: one round of the equivalent inverse cipher. */
    public static void decrypt(long[] x, int d, long keyLow, long keyHigh) {
        shiftAndSubstitute(x, d, RESTORE, -1);
        x[d] = mix(x[d], 14, 11, 13, 9) ^ keyLow;
        x[d + 1] = mix(x[d + 1], 14, 11, 13, 9) ^ keyHigh;
    }

    /** AESDECLAST. */
    public static void decryptLast(long[] x, int d, long keyLow, long keyHigh) {
        shiftAndSubstitute(x, d, RESTORE, -1);
        x[d] ^= keyLow;
        x[d + 1] ^= keyHigh;
    }

    /** AESIMC: a round key for the equivalent inverse cipher. */
    public static void inverseMix(long[] x, int d, long low, long high) {
        x[d] = mix(low, 14, 11, 13, 9);
        x[d + 1] = mix(high, 14, 11, 13, 9);
    }

    /** AESKEYGENASSIST. */
    public static void keyAssist(long[] x, int d, long low, long high, int constant) {
        x[d] = assist((int) (low >>> 32), constant);
        x[d + 1] = assist((int) (high >>> 32), constant);
    }

    private static long assist(int word, int constant) {
        int substituted = 0;
        for (int bit = 0; bit < 32; bit += 8) {
            substituted |= (SUBSTITUTE[word >>> bit & 0xFF] & 0xFF) << bit;
        }
        return substituted & 0xFFFF_FFFFL | (long) (Integer.rotateRight(substituted, 8) ^ constant) << 32;
    }

    /** Row r of the state moves by r columns, leftward or back. */
    private static void shiftAndSubstitute(long[] x, int d, byte[] box, int direction) {
        long low = 0;
        long high = 0;
        for (int at = 0; at < 16; at++) {
            int from = at + 4 * direction * (at & 3) & 15;
            long value = box[(int) (x[d + (from >> 3)] >>> 8 * (from & 7)) & 0xFF] & 0xFFL;
            if (at < 8) {
                low |= value << 8 * at;
            } else {
                high |= value << 8 * (at - 8);
            }
        }
        x[d] = low;
        x[d + 1] = high;
    }

    /** Two columns times the matrix whose first row is a, b, c, d. */
    private static long mix(long columns, int a, int b, int c, int d) {
        int[] factors = {a, b, c, d};
        long result = 0;
        for (int at = 0; at < 8; at++) {
            int value = 0;
            for (int n = 0; n < 4; n++) {
                int from = at & 4 | at + n & 3;
                value ^= multiply((int) (columns >>> 8 * from) & 0xFF, factors[n]);
            }
            result |= (long) value << 8 * at;
        }
        return result;
    }

    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = a;
        for (int bits = b; bits != 0; bits >>= 1) {
            product ^= (bits & 1) != 0 ? shifted : 0;
            shifted = shifted << 1 ^ ((shifted & 0x80) != 0 ? REDUCTION : 0);
        }
        return product;
    }

    /** The inverse in the field of 256 elements: the power 254. */
    private static int inverse(int value) {
        int result = 1;
        for (int n = 0; n < 254; n++) {
            result = multiply(result, value);
        }
        return result;
    }

    private static int rotate(int value, int bits) {
        return (value << bits | value >> 8 - bits) & 0xFF;
    }
}
