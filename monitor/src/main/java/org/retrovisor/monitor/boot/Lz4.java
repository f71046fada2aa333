package org.retrovisor.monitor.boot;

import java.util.Arrays;

/**
 * Unpacks the "legacy" LZ4 frames in which Linux kernels are packed (LZ4 Frame Format Description, "Legacy frame"; LZ4
 * Block Format Description).
 *
 * <p>A frame is a magic number and blocks, each a 32-bit size and that many bytes. A block is a row of sequences: a token
 * with two lengths, literals, and a 16-bit distance to bytes that are copied from the output.
 */
final class Lz4 {
    static final long LEGACY_MAGIC = 0x184C_2102L;

    private static final int SHORTEST_MATCH = 4;
    /** A length of 15 in the token goes on in the next bytes. */
    private static final int LENGTH_GOES_ON = 15;

    private final ImageReader in;
    private final byte[] out;
    private long from;
    private int to;

    private Lz4(ImageReader in, int size) {
        this.in = in;
        this.out = new byte[size];
    }

    /**
     * Unpacks a frame.
     *
     * @param size the size of what is packed
     */
    static byte[] unpack(ImageReader in, int size) throws BootException {
        var lz4 = new Lz4(in, size);
        lz4.from = 4;
        while (lz4.to < size) {
            long block = in.u32(lz4.from);
            lz4.from += 4;
            lz4.block(lz4.from + block);
        }
        return lz4.out;
    }

    private void block(long end) throws BootException {
        while (from < end) {
            int token = in.u8(from++);
            int literals = length(token >> 4);
            requireRoom(literals);
            in.copyTo(out, to, from, literals);
            from += literals;
            to += literals;
            // The last sequence of a block has no match.
            if (from < end) {
                int distance = in.u16(from);
                from += 2;
                copy(distance, length(token & 15) + SHORTEST_MATCH);
            }
        }
    }

    private int length(int start) throws BootException {
        int length = start;
        if (start == LENGTH_GOES_ON) {
            int more;
            do {
                more = in.u8(from++);
                length += more;
                requireRoom(length);
            } while (more == 255);
        }
        return length;
    }

    /** The ranges may overlap: then what is copied is copied again. */
    private void copy(int distance, int length) throws BootException {
        requireRoom(length);
        if (distance == 0 || distance > to) {
            throw damaged();
        }
        if (distance >= length) {
            System.arraycopy(out, to - distance, out, to, length);
        } else if (distance == 1) {
            Arrays.fill(out, to, to + length, out[to - 1]);
        } else {
            for (int i = 0; i < length; i++) {
                out[to + i] = out[to + i - distance];
            }
        }
        to += length;
    }

    private void requireRoom(int length) throws BootException {
        if (length > out.length - to) {
            throw damaged();
        }
    }

    private static BootException damaged() {
        return new BootException("the kernel is damaged: its packed part cannot be unpacked");
    }
}
