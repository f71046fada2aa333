package org.retrovisor.monitor.boot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/**
 * The kernel proper that is packed inside a bzImage (Linux x86 boot protocol, fields payload_offset and payload_length).
 *
 * <p>Started directly, it needs only its own size, where the bzImage's unpacker needs room to unpack in.
 */
final class LinuxPayload {
    private static final int OFFSET = 0x248;
    private static final int LENGTH = 0x24C;
    private static final int GZIP_MAGIC = 0x8B1F;
    /** Larger than any kernel; what claims more is damaged. */
    private static final long LARGEST = 512L << 20;

    private LinuxPayload() {}

    /** The unpacked kernel, or null when it is packed in a way that is not known here. */
    static byte[] unpack(ImageReader image, int setupSize) throws BootException {
        long start = setupSize + image.u32(OFFSET);
        long length = image.u32(LENGTH);
        if (length < 8) {
            return null;
        }
        byte[] packed = image.range(start, length);
        var reader = new ImageReader("the packed kernel", packed);
        // The build appends the unpacked size, or the packing ends with it anyway.
        long size = reader.u32(length - 4);
        boolean lz4 = reader.u32(0) == Lz4.LEGACY_MAGIC;
        boolean gzip = reader.u16(0) == GZIP_MAGIC;
        if (!lz4 && !gzip) {
            return null;
        }
        if (size > LARGEST) {
            throw new BootException("the kernel is damaged: its packed part claims to be " + size + " bytes long");
        }
        return lz4 ? Lz4.unpack(reader, (int) size) : gunzip(packed, (int) size);
    }

    private static byte[] gunzip(byte[] packed, int size) throws BootException {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return in.readNBytes(size);
        } catch (IOException e) {
            throw new BootException("the kernel is damaged: its packed part cannot be unpacked");
        }
    }
}
