package org.retrovisor.monitor.interpreter;

import java.util.function.Consumer;
import org.retrovisor.monitor.isa.CodeSize;

/** The blocks of one page frame, and which 64-byte lines of it they were made of. */
final class FrameCode {
    private static final int BUCKETS = 32;
    private static final int LINE_SHIFT = 6;

    private final Block[] buckets = new Block[BUCKETS];
    /** The first of those that another engine has looked at: few of many, where code is executed once. */
    private Block firstTranslated;
    /** Bytes of the frame that belong to blocks which start in the frame before: count of leading bytes. */
    private Block[] fromBefore = {};

    /** What another engine noted of all that it has translated here; null when any of that may have changed since. */
    private long[] notes;

    private long lines;
    /** Those of blocks that another engine has translated. */
    private long translated;

    Block find(int offset, CodeSize codeSize) {
        for (Block block = buckets[bucket(offset)]; block != null; block = block.next) {
            if (block.valid && block.offset == offset && block.codeSize == codeSize) {
                return block;
            }
        }
        return null;
    }

    /** The lines of blocks that were translated; may be more. */
    long translated() {
        return translated;
    }

    void noteTranslated(Block block) {
        notes = null;
        long all = linesOf(block.offset, block.extent());
        translated |= all;
        lines |= all;
        if (!block.amongTranslated) {
            block.amongTranslated = true;
            block.nextTranslated = firstTranslated;
            firstTranslated = block;
        }
    }

    long[] notes() {
        return notes;
    }

    void keepNotes(long[] newNotes) {
        notes = newNotes;
    }

    /** Tells of each block that starts here and has got a translation. */
    void forEachTranslated(Consumer<Block> told) {
        for (Block block = firstTranslated; block != null; block = block.nextTranslated) {
            if (block.valid) {
                told.accept(block);
            }
        }
    }

    void add(Block block) {
        block.home = this;
        int bucket = bucket(block.offset);
        block.next = buckets[bucket];
        buckets[bucket] = block;
        lines |= linesOf(block.offset, block.extent());
    }

    /** Notes a block of the frame before whose last instruction ends here. */
    void addFromBefore(Block block) {
        Block[] longer = java.util.Arrays.copyOf(fromBefore, fromBefore.length + 1);
        longer[fromBefore.length] = block;
        fromBefore = longer;
        lines |= 1;
    }

    /** Invalidates the blocks that [offset, offset + length) belongs to; true when no block is left. */
    boolean written(int offset, int length) {
        if ((lines & linesOf(offset, length)) == 0) {
            return lines == 0;
        }
        lines = 0;
        translated = 0;
        firstTranslated = null;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            buckets[bucket] = survivors(buckets[bucket], offset, length);
        }
        dropFromBefore(offset);
        return lines == 0;
    }

    private Block survivors(Block chain, int offset, int length) {
        Block kept = null;
        for (Block block = chain; block != null;) {
            Block following = block.next;
            boolean hit = block.offset < offset + length && offset < block.offset + block.extent();
            if (hit || !block.valid) {
                block.invalidate();
            } else {
                block.next = kept;
                kept = block;
                lines |= linesOf(block.offset, block.extent());
                block.amongTranslated = false;
                if (block.translation() != null) {
                    noteTranslated(block);
                }
            }
            block = following;
        }
        return kept;
    }

    private void dropFromBefore(int offset) {
        if (offset < 16) {
            for (Block block : fromBefore) {
                block.invalidate();
            }
            fromBefore = new Block[0];
        } else if (fromBefore.length > 0) {
            lines |= 1;
        }
    }

    /** Takes out one block that turned out to be wrong for its place. */
    void remove(Block block) {
        block.invalidate();
        int bucket = bucket(block.offset);
        Block kept = null;
        for (Block b = buckets[bucket]; b != null;) {
            Block following = b.next;
            if (b != block) {
                b.next = kept;
                kept = b;
            }
            b = following;
        }
        buckets[bucket] = kept;
    }

    /** Invalidates everything. */
    void clear() {
        written(0, 4096);
    }

    private static int bucket(int offset) {
        return (offset ^ offset >> 5) & BUCKETS - 1;
    }

    /** One bit for each line of 64 bytes that some bytes of the page are on. */
    static long linesOf(int offset, int length) {
        int first = offset >> LINE_SHIFT;
        int last = offset + length - 1 >> LINE_SHIFT;
        return -1L >>> 63 - (last - first) << first;
    }
}
