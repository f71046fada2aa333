package org.retrovisor.monitor.oracle;

import java.util.SplittableRandom;

/** Seeded operands: random ones of every class, and the boundaries where rounding and range rules change. */
public final class ExtendedOperands {
    private static final long[] SIGNIFICANDS = {
        0x8000_0000_0000_0000L, 0x8000_0000_0000_0001L, 0xFFFF_FFFF_FFFF_FFFFL, 0xC000_0000_0000_0000L,
        0xFFFF_FF00_0000_0000L, 0xFFFF_FF80_0000_0000L, 0xFFFF_FF7F_FFFF_FFFFL, 0xFFFF_FFFF_FFFF_F800L,
        0xFFFF_FFFF_FFFF_FC00L, 0xFFFF_FFFF_FFFF_FBFFL, 0x8000_0080_0000_0000L, 0x8000_0000_0000_0400L,
        0x8000_0000_0000_0C00L, 0x8000_0180_0000_0000L, 0xA000_0000_0000_0000L, 0xAAAA_AAAA_AAAA_AAAAL};
    private static final int[] EXPONENTS = {
        1, 2, 3, 24, 53, 63, 64, 65, 0x7FFE, 0x7FFD, 16383, 16382, 16384, 16383 + 62, 16383 + 63, 16383 + 64,
        16383 + 31, 16383 + 30, 16383 + 15, 16383 + 14, 16383 - 63, 16383 - 64, 16383 - 65, 16383 - 126,
        16383 - 127, 16383 - 149, 16383 - 150, 16383 + 127, 16383 + 128, 16383 - 1022, 16383 - 1023,
        16383 - 1074, 16383 - 1075, 16383 + 1023, 16383 + 1024, 8191, 8192, 24575};

    private final SplittableRandom random;
    /** The significand of the operand made last. */
    public long significand;
    /** Its sign and exponent. */
    public int signExponent;

    /** Operands from a seed. */
    public ExtendedOperands(long seed) {
        random = new SplittableRandom(seed);
    }

    /** A number from 0 to {@code bound} - 1. */
    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** 64 random bits. */
    public long bits() {
        return random.nextLong();
    }

    /** The next operand; {@code near} is an exponent that ordinary operands often stay close to. */
    public void next(int near) {
        int sign = below(2) << 15;
        int kind = below(32);
        long s = significandBits();
        switch (kind) {
            case 0 -> set(sign, 0);
            case 1 -> set(sign | 0x7FFF, 1L << 63);
            case 2 -> set(sign | 0x7FFF, s | 3L << 62);
            case 3 -> set(sign | 0x7FFF, (s | 1L << 63) & ~(1L << 62) | 1L << below(62));
            case 4 -> set(sign, s >>> 1 + below(63));
            case 5 -> set(sign, s);
            case 6 -> set(sign | below(0x8000), bits() >>> 1);
            case 7, 8, 9, 10 -> set(sign | EXPONENTS[below(EXPONENTS.length)], s);
            case 11, 12, 13 -> set(sign | 1 + below(0x7FFE), s);
            case 14, 15 -> set(sign | 16383 + below(70), integer());
            default -> set(sign | Math.clamp(near + below(140) - 70, 1, 0x7FFE), s);
        }
    }

    private long integer() {
        return 1L << 63 | bits() << below(64);
    }

    private long significandBits() {
        return switch (below(8)) {
            case 0, 1 -> SIGNIFICANDS[below(SIGNIFICANDS.length)];
            case 2 -> 1L << 63 | bits() << 40;
            case 3 -> 1L << 63 | bits() << below(64);
            default -> 1L << 63 | bits();
        };
    }

    private void set(int se, long s) {
        signExponent = se;
        significand = s;
    }

    /** A single-precision operand of any class. */
    public int float32() {
        int bits = (int) bits();
        return switch (below(12)) {
            case 0 -> bits & 0x8000_0000;
            case 1 -> bits & 0x8000_0000 | 0x7F80_0000;
            case 2 -> bits | 0x7F80_0000;
            case 3 -> bits & 0x807F_FFFF;
            case 4 -> bits & 0x8000_0000 | 0x3F80_0000;
            case 5, 6, 7 -> bits & 0x807F_FFFF | 100 + below(60) << 23;
            default -> bits;
        };
    }

    /** A double-precision operand of any class. */
    public long float64() {
        long bits = bits();
        return switch (below(12)) {
            case 0 -> bits & 1L << 63;
            case 1 -> bits & 1L << 63 | 0x7FFL << 52;
            case 2 -> bits | 0x7FFL << 52;
            case 3 -> bits & ~(0x7FFL << 52);
            case 4 -> bits & 1L << 63 | 0x3FFL << 52;
            case 5, 6, 7 -> bits & ~(0x7FFL << 52) | (long) (1000 + below(60)) << 52;
            default -> bits;
        };
    }
}
