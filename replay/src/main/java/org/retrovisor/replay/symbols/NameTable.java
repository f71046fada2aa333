package org.retrovisor.replay.symbols;

import java.nio.charset.StandardCharsets;

/**
 * The compressed names and where they lie; every part begins at a multiple of 8:
 *
 * <pre>
 *   count     32 bits: how many symbols
 *   names     per symbol: a length (one byte, or two when the first has its top bit set: 7 bits each, low ones first),
 *             then that many token numbers; the first character is the symbol's type
 *   markers   32 bits for each 256 symbols: where in the names they begin
 *   ...       (Linux 6.2 to 6.3: the order of names, 3 bytes per symbol)
 *   tokens
 * </pre>
 *
 * <p>The search goes from the tokens backward to numbers that look like markers, and from those backward to a count that
 * fits them; then each name is measured, and each marker must be right.
 */
final class NameTable {
    private static final int GROUP = 256;
    /** Names longer than this are not names; Linux has at most 512 characters. */
    private static final int LONGEST = 1024;
    /** Bytes of a group of names: at least two each. */
    private static final int SMALLEST_GROUP = 2 * GROUP;
    private static final int LARGEST_GROUP = LONGEST * GROUP;
    /** A kernel has tens of thousands of symbols. */
    private static final int FEWEST_GROUPS = 4;
    /** With everything built in, Linux has less than a million. */
    private static final int MOST_SYMBOLS = 1 << 20;
    /** Bytes of all names, which are 2 to 20 MB. */
    private static final long LONGEST_SUM = 1 << 27;
    /** How far before the tokens the names may begin. */
    private static final int FARTHEST = 1 << 25;

    /** How many symbols. */
    final int count;
    /** Position of the count. */
    final int start;

    private final KernelImage image;
    private final TokenTable tokens;

    private NameTable(KernelImage image, TokenTable tokens, int start) {
        this.image = image;
        this.tokens = tokens;
        this.start = start;
        this.count = image.i32(start);
    }

    /** The names before a token table, or null. */
    static NameTable find(KernelImage image, TokenTable tokens, Budget budget) {
        int nearest = tokens.start - FEWEST_GROUPS * Integer.BYTES & -8;
        for (int at = nearest; at >= 0 && at > tokens.start - FARTHEST && budget.spend(1); at -= 8) {
            int run = markersAt(image, at, tokens.start);
            NameTable found = run < FEWEST_GROUPS ? null : before(image, tokens, at, run, budget);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** How many numbers from a position on could be markers. */
    private static int markersAt(KernelImage image, int at, int limit) {
        if (image.i32(at) != 0) {
            return 0;
        }
        int run = 1;
        while (at + 4 * run + 4 <= limit && isGroup(image.i32(at + 4 * run) - image.i32(at + 4 * run - 4))) {
            run++;
        }
        return run;
    }

    private static boolean isGroup(int size) {
        return size >= SMALLEST_GROUP && size <= LARGEST_GROUP;
    }

    /** The names that end where the markers begin, or null. */
    private static NameTable before(KernelImage image, TokenTable tokens, int markers, int run, Budget budget) {
        for (int at = markers - 8; at >= 0 && at > markers - FARTHEST && budget.spend(1); at -= 8) {
            int count = image.i32(at);
            int groups = (count + GROUP - 1) / GROUP;
            if (count <= 0 || count > MOST_SYMBOLS || groups < FEWEST_GROUPS || groups > run
                    || image.i32(at + 4) != 0) {
                continue;
            }
            int size = markers - at - 8;
            int inLast = size - image.i32(markers + 4 * groups - 4);
            if (inLast > 0 && inLast <= LARGEST_GROUP + 8 && fits(image, at + 8, count, markers, budget)) {
                return new NameTable(image, tokens, at);
            }
        }
        return null;
    }

    private static boolean fits(KernelImage image, int names, int count, int markers, Budget budget) {
        int at = names;
        for (int i = 0; i < count && budget.spend(1); i++) {
            if (i % GROUP == 0 && at - names != image.i32(markers + i / GROUP * 4)) {
                return false;
            }
            int length = length(image, at);
            at += lengthBytes(image, at) + length;
            if (length == 0 || length > LONGEST || at > markers) {
                return false;
            }
        }
        return TokenTable.align(at) == markers;
    }

    private static int length(KernelImage image, int at) {
        int first = image.u8(at);
        return first < 0x80 ? first : first & 0x7F | image.u8(at + 1) << 7;
    }

    private static int lengthBytes(KernelImage image, int at) {
        return image.u8(at) < 0x80 ? 1 : 2;
    }

    /** The type and name of every symbol in order, as one string each; null when they are too long. */
    String[] expand() {
        String[] all = new String[count];
        byte[] name = new byte[LONGEST];
        int at = start + 8;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            int length = length(image, at);
            at += lengthBytes(image, at);
            int size = 0;
            for (int j = 0; j < length; j++) {
                byte[] token = tokens.token(image.u8(at + j));
                if (size + token.length > LONGEST) {
                    return null;
                }
                System.arraycopy(token, 0, name, size, token.length);
                size += token.length;
            }
            at += length;
            sum += size;
            if (sum > LONGEST_SUM) {
                return null;
            }
            all[i] = new String(name, 0, size, StandardCharsets.ISO_8859_1);
        }
        return all;
    }
}
