package org.retrovisor.monitor.sse;

/** The two packed operations of SSE4.1 that look at sliding or numbered positions. */
public final class PositionSearches {
    private PositionSearches() {}

    /** PHMINPOSUW: the least of eight unsigned words and its position, the first of equals. */
    public static void minimumPosition(long[] x, int d, long low, long high) {
        int least = 0x10000;
        int position = 0;
        for (int lane = 0; lane < 8; lane++) {
            int word = Products.unsignedWord(lane < 4 ? low : high, lane & 3);
            if (word < least) {
                least = word;
                position = lane;
            }
        }
        x[d] = least | (long) position << 16;
        x[d + 1] = 0;
    }

    /** MPSADBW: one block of four source bytes against eight sliding blocks of the destination. */
    public static void multipleSums(long[] x, int d, long low, long high, int immediate) {
        int block = (int) Shuffles.extract(low, high, 4 * (immediate & 3));
        int start = immediate & 4;
        long resultLow = 0;
        long resultHigh = 0;
        for (int lane = 0; lane < 8; lane++) {
            long window = Shuffles.extract(x[d], x[d + 1], start + lane);
            long sum = Products.sumAbsoluteDifferences(window & 0xFFFF_FFFFL, block & 0xFFFF_FFFFL);
            if (lane < 4) {
                resultLow |= sum << 16 * lane;
            } else {
                resultHigh |= sum << 16 * lane - 64;
            }
        }
        x[d] = resultLow;
        x[d + 1] = resultHigh;
    }
}
