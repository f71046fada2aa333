package org.retrovisor.monitor.sse;

/** Moving lanes about: interleaving, packing, permuting, widening. */
public final class Shuffles {
    private Shuffles() {}

    // ---------------------------------------------------------------- interleaving

    /** Spreads the low four bytes of a word over its four 16-bit lanes. */
    static long spreadBytes(long a) {
        long spread = a & 0xFFFF_FFFFL;
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFFL;
        return (spread | spread << 8) & 0x00FF_00FF_00FF_00FFL;
    }

    /** Spreads the low two words of a word over its two 32-bit lanes. */
    static long spreadWords(long a) {
        return a & 0xFFFF | (a & 0xFFFF_0000L) << 16;
    }

    /** Low halves of both, bytes alternating, a's first (PUNPCKLBW on 64 bits). */
    public static long unpackLowBytes(long a, long b) {
        return spreadBytes(a) | spreadBytes(b) << 8;
    }

    /** High halves of both, bytes alternating (PUNPCKHBW on 64 bits). */
    public static long unpackHighBytes(long a, long b) {
        return unpackLowBytes(a >>> 32, b >>> 32);
    }

    public static long unpackLowWords(long a, long b) {
        return spreadWords(a) | spreadWords(b) << 16;
    }

    public static long unpackHighWords(long a, long b) {
        return unpackLowWords(a >>> 32, b >>> 32);
    }

    public static long unpackLowDoubles(long a, long b) {
        return a & 0xFFFF_FFFFL | b << 32;
    }

    public static long unpackHighDoubles(long a, long b) {
        return a >>> 32 | b & 0xFFFF_FFFF_0000_0000L;
    }

    // ---------------------------------------------------------------- packing: one word becomes 32 bits

    /** Four signed words as signed bytes, saturated (half of PACKSSWB). */
    public static long packWordsSigned(long a) {
        return packWords(a, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }

    /** Four signed words as unsigned bytes, saturated (half of PACKUSWB). */
    public static long packWordsUnsigned(long a) {
        return packWords(a, 0, 255);
    }

    private static long packWords(long a, int least, int most) {
        long result = 0;
        for (int lane = 0; lane < 4; lane++) {
            result |= (long) (Math.clamp(Products.word(a, lane), least, most) & 0xFF) << 8 * lane;
        }
        return result;
    }

    /** Two signed doublewords as signed words, saturated (half of PACKSSDW). */
    public static long packDoublesSigned(long a) {
        return packDoubles(a, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** Two signed doublewords as unsigned words, saturated (half of PACKUSDW). */
    public static long packDoublesUnsigned(long a) {
        return packDoubles(a, 0, 0xFFFF);
    }

    private static long packDoubles(long a, int least, int most) {
        return Math.clamp((int) a, least, most) & 0xFFFF
                | (long) (Math.clamp((int) (a >> 32), least, most) & 0xFFFF) << 16;
    }

    // ---------------------------------------------------------------- permuting by an immediate

    /** Four words chosen by two bits each (PSHUFW and its halves). */
    public static long shuffleWords(long a, int order) {
        return a >>> 16 * (order & 3) & 0xFFFF
                | (a >>> 16 * (order >> 2 & 3) & 0xFFFF) << 16
                | (a >>> 16 * (order >> 4 & 3) & 0xFFFF) << 32
                | a >>> 16 * (order >> 6 & 3) << 48;
    }

    /** The doubleword of the 128 bits that two bits choose. */
    public static long doubleword(long low, long high, int which) {
        return ((which & 2) == 0 ? low : high) >>> 32 * (which & 1) & 0xFFFF_FFFFL;
    }

    /** Two doublewords chosen by the low four bits of {@code order}. */
    public static long shuffleDoubles(long low, long high, int order) {
        return doubleword(low, high, order) | doubleword(low, high, order >> 2) << 32;
    }

    /** 64 bits out of 128, from bit {@code 8 * bytes} on; {@code bytes} below 16. */
    public static long extract(long low, long high, int bytes) {
        int shift = 8 * bytes;
        if (shift >= 64) {
            return high >>> shift - 64;
        }
        return shift == 0 ? low : low >>> shift | high << 64 - shift;
    }

    /** PSHUFB on 8 indices: bytes out of the 128 bits, 0 where the index is negative. */
    public static long shuffleBytes(long low, long high, long indices, int indexMask) {
        long result = 0;
        for (int lane = 0; lane < 8; lane++) {
            int index = (int) (indices >>> 8 * lane);
            if ((index & 0x80) == 0) {
                int from = index & indexMask;
                long part = (from & 8) == 0 ? low : high;
                result |= (part >>> 8 * (from & 7) & 0xFF) << 8 * lane;
            }
        }
        return result;
    }

    /** All ones in the lanes (of {@code width} bits) whose bit is set in {@code selection}. */
    public static long lanesOf(int selection, int width) {
        long result = 0;
        long ones = -1L >>> 64 - width;
        for (int lane = 0; lane < 64 / width; lane++) {
            result |= (selection >> lane & 1) != 0 ? ones << width * lane : 0;
        }
        return result;
    }

    // ---------------------------------------------------------------- widening: the low bits become 64 bits

    public static long zeroExtendBytesToWords(long a) {
        return spreadBytes(a);
    }

    public static long zeroExtendBytesToDoubles(long a) {
        return a & 0xFF | (a & 0xFF00) << 24;
    }

    public static long zeroExtendWordsToDoubles(long a) {
        return spreadWords(a);
    }

    public static long signExtendBytesToWords(long a) {
        long wide = spreadBytes(a);
        return wide | (wide & 0x0080_0080_0080_0080L) * 0x1FE;
    }

    public static long signExtendBytesToDoubles(long a) {
        return (byte) a & 0xFFFF_FFFFL | (long) (byte) (a >> 8) << 32;
    }

    public static long signExtendWordsToDoubles(long a) {
        return (short) a & 0xFFFF_FFFFL | (long) (short) (a >> 16) << 32;
    }
}
