package org.retrovisor.monitor.sse;

/**
 * Packed integers of 8, 16 or 32 bits in a 64-bit word, all lanes at once.
 *
 * <p>A lane width is given as the word that has just the top bit of each lane set: {@link #BYTES}, {@link #WORDS} or
 * {@link #DOUBLES}. Sums and differences keep carries inside their lanes by leaving out the top bits and putting them back
 * with an exclusive or. A comparison yields a word with top bits only; {@link #fill} spreads them over their lanes.
 */
public final class Lanes {
    public static final long BYTES = 0x8080_8080_8080_8080L;
    public static final long WORDS = 0x8000_8000_8000_8000L;
    public static final long DOUBLES = 0x8000_0000_8000_0000L;

    private Lanes() {}

    /** From the top bit of each lane to all bits of it. */
    static long fill(long topBits, long top) {
        int width = Long.numberOfTrailingZeros(top);
        return (topBits << 1) - (topBits >>> width);
    }

    static long select(long mask, long yes, long no) {
        return no ^ mask & (yes ^ no);
    }

    /** Copies of the top bit of each lane all over the lane. */
    public static long signs(long a, long top) {
        return fill(a & top, top);
    }

    public static long add(long a, long b, long top) {
        return (a & ~top) + (b & ~top) ^ (a ^ b) & top;
    }

    public static long subtract(long a, long b, long top) {
        return (a | top) - (b & ~top) ^ (a ^ ~b) & top;
    }

    public static long addUnsignedSaturated(long a, long b, long top) {
        long sum = add(a, b, top);
        long carry = (a & b | (a | b) & ~sum) & top;
        return sum | fill(carry, top);
    }

    public static long subtractUnsignedSaturated(long a, long b, long top) {
        long difference = subtract(a, b, top);
        return difference & ~fill(borrow(a, b, difference) & top, top);
    }

    public static long addSignedSaturated(long a, long b, long top) {
        long sum = add(a, b, top);
        return saturate(a, sum, ~(a ^ b) & (a ^ sum) & top, top);
    }

    public static long subtractSignedSaturated(long a, long b, long top) {
        long difference = subtract(a, b, top);
        return saturate(a, difference, (a ^ b) & (a ^ difference) & top, top);
    }

    /** Where {@code overflow} is set, the extreme value of the sign of {@code a}. */
    private static long saturate(long a, long result, long overflow, long top) {
        long unit = top >>> Long.numberOfTrailingZeros(top);
        long extreme = (top - unit) + (a >>> Long.numberOfTrailingZeros(top) & unit);
        return select(fill(overflow, top), extreme, result);
    }

    /** The borrows out of each bit of a - b = difference. */
    private static long borrow(long a, long b, long difference) {
        return ~a & b | (~a | b) & difference;
    }

    private static long below(long a, long b, long top) {
        return fill(borrow(a, b, subtract(a, b, top)) & top, top);
    }

    /** All ones where a equals b. */
    public static long equal(long a, long b, long top) {
        long difference = a ^ b;
        long nonZero = ((difference & ~top) + ~top | difference) & top;
        return fill(nonZero ^ top, top);
    }

    /** All ones where a is above b as signed numbers. */
    public static long greater(long a, long b, long top) {
        return below(b ^ top, a ^ top, top);
    }

    public static long minimumUnsigned(long a, long b, long top) {
        return select(below(a, b, top), a, b);
    }

    public static long maximumUnsigned(long a, long b, long top) {
        return select(below(a, b, top), b, a);
    }

    public static long minimumSigned(long a, long b, long top) {
        return select(below(a ^ top, b ^ top, top), a, b);
    }

    public static long maximumSigned(long a, long b, long top) {
        return select(below(a ^ top, b ^ top, top), b, a);
    }

    /** (a + b + 1) / 2, unsigned. */
    public static long average(long a, long b, long top) {
        return (a | b) - ((a ^ b) >>> 1 & ~top);
    }

    public static long absolute(long a, long top) {
        long negative = fill(a & top, top);
        return subtract(a ^ negative, negative, top);
    }

    /** PSIGN: a negated where b is negative, zero where b is zero. */
    public static long sign(long a, long b, long top) {
        long negative = fill(b & top, top);
        long negated = subtract(a ^ negative, negative, top);
        return negated & ~equal(b, 0, top);
    }

    /** Logical shift left of each lane; 0 when the count is not below the width. */
    public static long shiftLeft(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        if (Long.compareUnsigned(count, width) >= 0) {
            return 0;
        }
        long unit = top >>> width - 1;
        return (a << count) & ~(unit * ((1L << count) - 1));
    }

    /** Logical shift right of each lane; 0 when the count is not below the width. */
    public static long shiftRight(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        if (Long.compareUnsigned(count, width) >= 0) {
            return 0;
        }
        long unit = top >>> width - 1;
        return a >>> count & unit * ((1L << width - count) - 1);
    }

    /** Arithmetic shift right of each lane; copies of the sign when the count is not below the width. */
    public static long shiftRightArithmetic(long a, long count, long top) {
        int width = Long.numberOfTrailingZeros(top) + 1;
        long negative = fill(a & top, top);
        if (Long.compareUnsigned(count, width) >= 0) {
            return negative;
        }
        return shiftRight(a ^ negative, count, top) ^ negative;
    }

    /** One bit per byte, its top bit, as PMOVMSKB gathers them. */
    public static int byteSigns(long a) {
        // the multiplication moves bit 8k of the word to bit 56 + k; no two products meet there
        return (int) ((a >>> 7 & 0x0101_0101_0101_0101L) * 0x0102_0408_1020_4080L >>> 56);
    }
}
