package org.retrovisor.trace;

import java.nio.charset.StandardCharsets;

/**
 * A machine state file: the head, then the pages of RAM that are not all zeros. Little-endian.
 *
 * <pre>
 *    0  8 bytes  "RVSTATE1"
 *    8  u32      length n of the head, 1 to 64 MiB
 *   12  u32      CRC-32C of the head
 *   16  n bytes  the head: message MachineStateHead
 *       blocks:
 *        0  u32  pages p, 1 to 512; 0 in the last block
 *        4  u32  stored bytes s
 *        8  u32  CRC-32C of the stored bytes
 *       12  u32  CRC-32C of bytes 0 to 11 of the block
 *       16  s bytes: one zstd frame of p page numbers (u64, ascending through the whole file) and p times 4096 bytes;
 *           in the last block, instead, the number of all pages (u64), and the file ends. Bit 63 of a number says that
 *           the bytes are XOR what the page held at the state before
 * </pre>
 */
final class StateLayout {

    static final byte[] MAGIC = "RVSTATE1".getBytes(StandardCharsets.US_ASCII);
    /** The greatest that is read: 2 has differences of pages. */
    static final int FORMAT = 2;
    /** In the number of a page that is stored as a difference. */
    static final long DIFFERENCE = Long.MIN_VALUE;

    static final int PREFIX_BYTES = 16;
    static final int MAX_HEAD = 64 << 20;
    static final int PAGE = 4096;
    /** Of a page. */
    static final int WORDS = PAGE / Long.BYTES;
    static final int MAX_PAGES = 512;
    static final int BLOCK_HEADER = 16;
    static final int MAX_RAW = MAX_PAGES * (8 + PAGE);
    static final int LAST_BLOCK_BYTES = 8;

    private StateLayout() {}
}
