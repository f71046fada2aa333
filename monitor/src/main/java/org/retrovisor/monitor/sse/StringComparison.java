package org.retrovisor.monitor.sse;

/**
 * The comparison inside PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (Intel SDM volume 2, section 4.1).
 *
 * <p>The immediate: bits 1 and 0 element type (unsigned byte, unsigned word, signed byte, signed word), bits 3 and 2
 * aggregation (equal any, ranges, equal each, equal ordered), bits 5 and 4 polarity, bit 6 kind of output.
 */
public final class StringComparison {
    private StringComparison() {}

    /** Elements in a register: 16 bytes or 8 words. */
    public static int elements(int immediate) {
        return (immediate & 1) == 0 ? 16 : 8;
    }

    /** The length of a string that ends with a zero element or fills the register. */
    public static int implicitLength(long low, long high, int immediate) {
        int elements = elements(immediate);
        for (int at = 0; at < elements; at++) {
            if (element(low, high, at, immediate) == 0) {
                return at;
            }
        }
        return elements;
    }

    /**
     * One bit per element of the second string, after polarity.
     *
     * @param set the first operand, low and high half
     * @param text the second operand, low and high half
     */
    public static int compare(
            long setLow, long setHigh, int setLength, long textLow, long textHigh, int textLength, int immediate) {
        int elements = elements(immediate);
        int result = 0;
        for (int at = 0; at < elements; at++) {
            boolean bit = switch (immediate >> 2 & 3) {
                case 0 -> at < textLength
                        && any(setLow, setHigh, setLength, element(textLow, textHigh, at, immediate), immediate);
                case 1 -> at < textLength
                        && inRange(
                                setLow, setHigh, setLength, element(textLow, textHigh, at, immediate), immediate);
                case 2 -> at < setLength && at < textLength
                        ? element(setLow, setHigh, at, immediate) == element(textLow, textHigh, at, immediate)
                        : at >= setLength && at >= textLength;
                default -> ordered(setLow, setHigh, setLength, textLow, textHigh, textLength, at, immediate);
            };
            result |= bit ? 1 << at : 0;
        }
        return polarity(result, textLength, immediate);
    }

    private static int element(long low, long high, int at, int immediate) {
        boolean words = (immediate & 1) != 0;
        int bit = words ? 16 * at : 8 * at;
        long half = bit < 64 ? low : high;
        int value = (int) (half >>> bit);
        boolean signed = (immediate & 2) != 0;
        if (words) {
            return signed ? (short) value : value & 0xFFFF;
        }
        return signed ? (byte) value : value & 0xFF;
    }

    private static boolean any(long low, long high, int length, int wanted, int immediate) {
        for (int at = 0; at < length; at++) {
            if (element(low, high, at, immediate) == wanted) {
                return true;
            }
        }
        return false;
    }

    /** Pairs of elements are the ends of ranges; half a pair is none. */
    private static boolean inRange(long low, long high, int length, int value, int immediate) {
        for (int at = 0; at + 1 < length; at += 2) {
            if (value >= element(low, high, at, immediate) && value <= element(low, high, at + 1, immediate)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the first string occurs at a position of the second, as far as the register reaches. */
    private static boolean ordered(
            long setLow, long setHigh, int setLength, long textLow, long textHigh, int textLength, int from, int imm) {
        int reach = Math.min(setLength, elements(imm) - from);
        for (int at = 0; at < reach; at++) {
            boolean same = from + at < textLength
                    && element(setLow, setHigh, at, imm) == element(textLow, textHigh, from + at, imm);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static int polarity(int bits, int textLength, int immediate) {
        int all = (1 << elements(immediate)) - 1;
        return switch (immediate >> 4 & 3) {
            case 1 -> bits ^ all;
            case 3 -> bits ^ (1 << textLength) - 1;
            default -> bits;
        };
    }

    /** The index that PCMPESTRI and PCMPISTRI give: of the lowest or the highest bit, the element count without one. */
    public static int index(int bits, int immediate) {
        if (bits == 0) {
            return elements(immediate);
        }
        return (immediate & 0x40) != 0 ? 31 - Integer.numberOfLeadingZeros(bits) : Integer.numberOfTrailingZeros(bits);
    }

    /** Half of the mask that PCMPESTRM and PCMPISTRM give. */
    public static long mask(int bits, int immediate, boolean high) {
        if ((immediate & 0x40) == 0) {
            return high ? 0 : bits;
        }
        int elements = elements(immediate);
        return Shuffles.lanesOf(high ? bits >> elements / 2 : bits, 128 / elements);
    }
}
