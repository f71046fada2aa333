package org.retrovisor.monitor.interpreter;

/**
 * Blocks by linear address, for one processor: the way from one block to the next without a page walk.
 *
 * <p>An entry holds as long as its stamp, which says under which translations, rights and code size it was found.
 */
final class JumpCache {
    private static final int SIZE = 1 << 13;

    private final long[] addresses = new long[SIZE];
    private final long[] stamps = new long[SIZE];
    private final Block[] blocks = new Block[SIZE];

    JumpCache() {
        java.util.Arrays.fill(stamps, -1);
    }

    Block get(long linear, long stamp) {
        int slot = slot(linear);
        if (addresses[slot] == linear && stamps[slot] == stamp) {
            Block block = blocks[slot];
            if (block.valid) {
                return block;
            }
        }
        return null;
    }

    void put(long linear, long stamp, Block block) {
        int slot = slot(linear);
        addresses[slot] = linear;
        stamps[slot] = stamp;
        blocks[slot] = block;
    }

    void clear() {
        java.util.Arrays.fill(stamps, -1);
        java.util.Arrays.fill(blocks, null);
    }

    private static int slot(long linear) {
        return (int) (linear ^ linear >>> 13) & SIZE - 1;
    }
}
