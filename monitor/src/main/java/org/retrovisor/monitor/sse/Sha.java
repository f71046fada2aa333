package org.retrovisor.monitor.sse;

/** SHA-1 and SHA-256 in steps of four words (FIPS 180-4; Intel SDM volume 2, SHA instructions). */
public final class Sha {
    private static final long LOW = 0xFFFF_FFFFL;
    private static final int[] SHA1_CONSTANTS = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

    private Sha() {}

    private static int word(long low, long high, int number) {
        return (int) ((number < 2 ? low : high) >>> 32 * (number & 1));
    }

    private static void set(long[] x, int d, int word0, int word1, int word2, int word3) {
        x[d] = word0 & LOW | (long) word1 << 32;
        x[d + 1] = word2 & LOW | (long) word3 << 32;
    }

    /** SHA1RNDS4: four rounds of the function that {@code kind} chooses. */
    public static void sha1Rounds(long[] x, int d, long low, long high, int kind) {
        int a = word(x[d], x[d + 1], 3);
        int b = word(x[d], x[d + 1], 2);
        int c = word(x[d], x[d + 1], 1);
        int last = word(x[d], x[d + 1], 0);
        int e = 0;
        for (int round = 0; round < 4; round++) {
            int sum = sha1Function(kind & 3, b, c, last) + Integer.rotateLeft(a, 5) + word(low, high, 3 - round) + e
                    + SHA1_CONSTANTS[kind & 3];
            e = last;
            last = c;
            c = Integer.rotateLeft(b, 30);
            b = a;
            a = sum;
        }
        set(x, d, last, c, b, a);
    }

    private static int sha1Function(int kind, int b, int c, int d) {
        return switch (kind) {
            case 0 -> b & c ^ ~b & d;
            case 2 -> b & c ^ b & d ^ c & d;
            default -> b ^ c ^ d;
        };
    }

    /** SHA1NEXTE. */
    public static void sha1NextE(long[] x, int d, long low, long high) {
        int e = Integer.rotateLeft((int) (x[d + 1] >>> 32), 30);
        x[d] = low;
        x[d + 1] = high & LOW | (long) (word(low, high, 3) + e) << 32;
    }

    /** SHA1MSG1. */
    public static void sha1Message1(long[] x, int d, long low, long high) {
        long first = x[d];
        long second = x[d + 1];
        set(x, d, word(first, second, 0) ^ word(low, high, 2), word(first, second, 1) ^ word(low, high, 3),
                word(first, second, 2) ^ word(first, second, 0), word(first, second, 3) ^ word(first, second, 1));
    }

    /** SHA1MSG2. */
    public static void sha1Message2(long[] x, int d, long low, long high) {
        long first = x[d];
        long second = x[d + 1];
        int w16 = Integer.rotateLeft(word(first, second, 3) ^ word(low, high, 2), 1);
        int w17 = Integer.rotateLeft(word(first, second, 2) ^ word(low, high, 1), 1);
        int w18 = Integer.rotateLeft(word(first, second, 1) ^ word(low, high, 0), 1);
        int w19 = Integer.rotateLeft(word(first, second, 0) ^ w16, 1);
        set(x, d, w19, w18, w17, w16);
    }

    /** SHA256RNDS2: two rounds; state CDGH in the destination, ABEF in the source, two words with constants added. */
    public static void sha256Rounds(long[] x, int d, long low, long high, long words) {
        int a = word(low, high, 3);
        int b = word(low, high, 2);
        int e = word(low, high, 1);
        int f = word(low, high, 0);
        int c = word(x[d], x[d + 1], 3);
        int dd = word(x[d], x[d + 1], 2);
        int g = word(x[d], x[d + 1], 1);
        int h = word(x[d], x[d + 1], 0);
        for (int round = 0; round < 2; round++) {
            int first = (e & f ^ ~e & g) + sum1(e) + (int) (words >>> 32 * round) + h;
            int second = (a & b ^ a & c ^ b & c) + sum0(a);
            h = g;
            g = f;
            f = e;
            e = first + dd;
            dd = c;
            c = b;
            b = a;
            a = first + second;
        }
        set(x, d, f, e, b, a);
    }

    private static int sum0(int a) {
        return Integer.rotateRight(a, 2) ^ Integer.rotateRight(a, 13) ^ Integer.rotateRight(a, 22);
    }

    private static int sum1(int e) {
        return Integer.rotateRight(e, 6) ^ Integer.rotateRight(e, 11) ^ Integer.rotateRight(e, 25);
    }

    /** SHA256MSG1. */
    public static void sha256Message1(long[] x, int d, long low, long high) {
        long first = x[d];
        long second = x[d + 1];
        set(x, d, word(first, second, 0) + small0(word(first, second, 1)),
                word(first, second, 1) + small0(word(first, second, 2)),
                word(first, second, 2) + small0(word(first, second, 3)),
                word(first, second, 3) + small0(word(low, high, 0)));
    }

    /** SHA256MSG2. */
    public static void sha256Message2(long[] x, int d, long low, long high) {
        long first = x[d];
        long second = x[d + 1];
        int w16 = word(first, second, 0) + small1(word(low, high, 2));
        int w17 = word(first, second, 1) + small1(word(low, high, 3));
        set(x, d, w16, w17, word(first, second, 2) + small1(w16), word(first, second, 3) + small1(w17));
    }

    private static int small0(int w) {
        return Integer.rotateRight(w, 7) ^ Integer.rotateRight(w, 18) ^ w >>> 3;
    }

    private static int small1(int w) {
        return Integer.rotateRight(w, 17) ^ Integer.rotateRight(w, 19) ^ w >>> 10;
    }
}
