package org.retrovisor.replay.symbols;

import java.util.Arrays;

/**
 * The 256 pieces that names are put together from, and where they lie:
 *
 * <pre>
 *   token table   256 strings, each with a zero at its end
 *   padding       to 8 bytes
 *   token index   256 times 16 bits: where in the table each string begins
 * </pre>
 *
 * <p>The index is what the search looks for: 256 numbers that grow in small steps from zero, and zeros in the table
 * where they say.
 */
final class TokenTable {
    private static final int TOKENS = 256;
    private static final int LONGEST = 128;
    private static final int INDEX_BYTES = TOKENS * Short.BYTES;

    /** Position of the first string. */
    final int start;
    /** Position after the index. */
    final int end;

    private final byte[][] tokens;

    private TokenTable(KernelImage image, int start, int index) {
        this.start = start;
        this.end = index + INDEX_BYTES;
        this.tokens = new byte[TOKENS][];
        for (int i = 0; i < TOKENS; i++) {
            int from = start + image.u16(index + 2 * i);
            tokens[i] = Arrays.copyOfRange(image.bytes(), from, endOfString(image, from));
        }
    }

    /** The first table whose index lies at {@code from} or later, or null. */
    static TokenTable find(KernelImage image, int from, Budget budget) {
        int last = image.size() - INDEX_BYTES;
        for (int at = align(from); at <= last && budget.spend(1); at += 8) {
            int step = image.i32(at) >>> 16;
            if (image.u16(at) == 0 && step >= 2 && step <= LONGEST && isIndex(image, at)) {
                int start = startOfTable(image, at);
                if (start >= 0) {
                    return new TokenTable(image, start, at);
                }
            }
        }
        return null;
    }

    private static boolean isIndex(KernelImage image, int at) {
        for (int i = 1; i < TOKENS; i++) {
            int step = image.u16(at + 2 * i) - image.u16(at + 2 * i - 2);
            if (step < 2 || step > LONGEST) {
                return false;
            }
        }
        return true;
    }

    /** Where the table of an index begins, or -1: its last string is of unknown length. */
    private static int startOfTable(KernelImage image, int index) {
        int known = image.u16(index + INDEX_BYTES - 2);
        int nearest = index - align(known + 2);
        for (int start = nearest; start >= 0 && start > nearest - LONGEST; start -= 8) {
            if (isTable(image, start, index)) {
                return start;
            }
        }
        return -1;
    }

    private static boolean isTable(KernelImage image, int start, int index) {
        for (int i = 0; i < TOKENS; i++) {
            int from = start + image.u16(index + 2 * i);
            int end = endOfString(image, from);
            boolean last = i == TOKENS - 1;
            int next = last ? index : start + image.u16(index + 2 * i + 2);
            if (end == from || (last ? align(end + 1 - start) != next - start : end + 1 != next)) {
                return false;
            }
        }
        return true;
    }

    /** The position of the first character that no name has: the zero of a well-formed string. */
    private static int endOfString(KernelImage image, int from) {
        int end = from;
        while (end < image.size() && end < from + LONGEST && image.u8(end) > ' ' && image.u8(end) < 0x7F) {
            end++;
        }
        return end < image.size() && image.u8(end) == 0 ? end : from;
    }

    byte[] token(int number) {
        return tokens[number];
    }

    /** The next multiple of 8. */
    static int align(int size) {
        return size + 7 & -8;
    }
}
