package org.retrovisor.monitor.translator.store;

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

    private StoreLayout() {}

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
        int size = ENTRY_HEADER + guest.length + block.code().length + 4 * block.externals().length
                + 12 * block.links().length;
        ByteBuffer entry = buffer(aligned(size));
        entry.putInt(NEXT, 0).putInt(ENTRY_SIZE, entry.capacity()).putLong(RIP, block.rip());
        entry.putInt(VECTORS, block.vectors() ? 1 : 0).putInt(GUEST_BYTES, guest.length);
        entry.putInt(BLOCK_BYTES, block.blockBytes()).putInt(CODE_BYTES, block.code().length);
        entry.putInt(EPITAPH, block.epitaph()).putInt(EXTERNALS, block.externals().length);
        entry.putInt(LINKS, block.links().length).putInt(MOMENTS, block.moments());
        entry.position(ENTRY_HEADER).put(guest).put(block.code());
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

    /** Reads the entry at a position of a file. */
    static StoredBlock block(ByteBuffer file, int at) {
        int guestBytes = file.getInt(at + GUEST_BYTES);
        byte[] code = new byte[file.getInt(at + CODE_BYTES)];
        int[] externals = new int[file.getInt(at + EXTERNALS)];
        int[] links = new int[file.getInt(at + LINKS)];
        long[] targets = new long[links.length];
        int from = at + ENTRY_HEADER + guestBytes;
        file.get(from, code);
        from += code.length;
        from = read(file, from, externals);
        from = read(file, from, links);
        for (int i = 0; i < targets.length; i++) {
            targets[i] = file.getLong(from + Long.BYTES * i);
        }
        return new StoredBlock(
                file.getLong(at + RIP), file.getInt(at + VECTORS) != 0, guestBytes, file.getInt(at + BLOCK_BYTES),
                file.getInt(at + MOMENTS), code, file.getInt(at + EPITAPH), externals, links, targets);
    }

    private static int read(ByteBuffer file, int from, int[] into) {
        for (int i = 0; i < into.length; i++) {
            into[i] = file.getInt(from + Integer.BYTES * i);
        }
        return from + Integer.BYTES * into.length;
    }
}
