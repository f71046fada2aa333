package org.retrovisor.monitor.translator.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The file of a {@link TranslationStore}, little-endian; all parts begin at multiples of 8.
 *
 * <pre>
 *   +  0  magic, 8 bytes       +  8  build, 8 bytes: the translator that made the code
 *   + 16  size of the file     + 24  number of buckets, a power of two
 *   + 28  number of entries    + 32  CRC-32C of all that follows these 40 bytes
 *   + 40  buckets: 4 bytes each, position of the first entry / 8, or 0
 *         entries:
 *           + 0  position of the next in the bucket / 8, or 0      + 4  size of the entry
 *           + 8  linear address                                    +16  1 if SSE was allowed
 *           +20  guest bytes     +24  of them the block's          +28  bytes of code
 *           +32  epitaph         +36  external distances           +40  links
 *           +44  instructions
 *           +48  guest bytes, code, external positions (4 each), link positions (4 each), targets (8 each)
 * </pre>
 */
final class StoreLayout {
    static final long MAGIC = 0x3153_4E41_5254_5652L;
    static final int BUILD = 8;
    static final int SIZE = 16;
    static final int BUCKET_COUNT = 24;
    static final int ENTRY_COUNT = 28;
    static final int CHECKSUM = 32;
    static final int BUCKETS = 40;

    static final int NEXT = 0;
    static final int ENTRY_SIZE = 4;
    static final int RIP = 8;
    static final int VECTORS = 16;
    static final int GUEST_BYTES = 20;
    static final int BLOCK_BYTES = 24;
    static final int CODE_BYTES = 28;
    static final int EPITAPH = 32;
    static final int EXTERNALS = 36;
    static final int LINKS = 40;
    static final int MOMENTS = 44;
    static final int ENTRY_HEADER = 48;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private StoreLayout() {}

    static int getInt(MemorySegment file, long position) {
        return file.get(INT, position);
    }

    static long getLong(MemorySegment file, long position) {
        return file.get(LONG, position);
    }

    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static int aligned(int position) {
        return position + 7 & -8;
    }

    static int bucket(long rip, int buckets) {
        long mixed = (rip ^ rip >>> 32) * 0x9E37_79B9L;
        return (int) (mixed ^ mixed >>> 15) & buckets - 1;
    }

    /** The entry of a block that was made of some guest bytes, without its place in a bucket. */
    static byte[] entry(StoredBlock block, byte[] guest) {
        int codeBytes = (int) block.code().byteSize();
        int size = ENTRY_HEADER + guest.length + codeBytes + 4 * block.externals().length + 12 * block.links().length;
        ByteBuffer entry = buffer(aligned(size));
        entry.putInt(NEXT, 0).putInt(ENTRY_SIZE, entry.capacity()).putLong(RIP, block.rip());
        entry.putInt(VECTORS, block.vectors() ? 1 : 0).putInt(GUEST_BYTES, guest.length);
        entry.putInt(BLOCK_BYTES, block.blockBytes()).putInt(CODE_BYTES, codeBytes);
        entry.putInt(EPITAPH, block.epitaph()).putInt(EXTERNALS, block.externals().length);
        entry.putInt(LINKS, block.links().length).putInt(MOMENTS, block.moments());
        entry.position(ENTRY_HEADER).put(guest).put(block.code().asByteBuffer());
        for (int site : block.externals()) {
            entry.putInt(site);
        }
        for (int site : block.links()) {
            entry.putInt(site);
        }
        for (long target : block.targets()) {
            entry.putLong(target);
        }
        return entry.array();
    }

    /** Reads the entry at a position of a file; its code stays there. */
    static StoredBlock block(MemorySegment file, long at) {
        int guestBytes = getInt(file, at + GUEST_BYTES);
        int codeBytes = getInt(file, at + CODE_BYTES);
        int[] externals = new int[getInt(file, at + EXTERNALS)];
        int[] links = new int[getInt(file, at + LINKS)];
        long[] targets = new long[links.length];
        long code = at + ENTRY_HEADER + guestBytes;
        long sites = code + codeBytes;
        MemorySegment.copy(file, INT, sites, externals, 0, externals.length);
        sites += (long) Integer.BYTES * externals.length;
        MemorySegment.copy(file, INT, sites, links, 0, links.length);
        sites += (long) Integer.BYTES * links.length;
        MemorySegment.copy(file, LONG, sites, targets, 0, targets.length);
        return new StoredBlock(
                getLong(file, at + RIP), getInt(file, at + VECTORS) != 0, guestBytes, getInt(file, at + BLOCK_BYTES),
                getInt(file, at + MOMENTS), file.asSlice(code, codeBytes), getInt(file, at + EPITAPH), externals, links,
                targets);
    }
}
