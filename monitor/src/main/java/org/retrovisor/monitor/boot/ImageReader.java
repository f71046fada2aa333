package org.retrovisor.monitor.boot;

import java.util.Arrays;

/** Reads numbers and ranges of an image that nobody has checked yet; outside the image there is only an error. */
final class ImageReader {
    private final String name;
    private final byte[] bytes;

    /** @param name what the image is, for messages: "the kernel" */
    ImageReader(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    int length() {
        return bytes.length;
    }

    int u8(long offset) throws BootException {
        require(offset, 1);
        return bytes[(int) offset] & 0xFF;
    }

    int u16(long offset) throws BootException {
        return u8(offset) | u8(offset + 1) << 8;
    }

    long u32(long offset) throws BootException {
        return u16(offset) | (long) u16(offset + 2) << 16;
    }

    long u64(long offset) throws BootException {
        return u32(offset) | u32(offset + 4) << 32;
    }

    byte[] range(long offset, long length) throws BootException {
        require(offset, length);
        return Arrays.copyOfRange(bytes, (int) offset, (int) (offset + length));
    }

    /** Writes a range to RAM. */
    void copyTo(BootMemory memory, long physical, long offset, long length) throws BootException {
        require(offset, length);
        memory.write(physical, bytes, (int) offset, (int) length);
    }

    /** The same to a part of an array. */
    void copyTo(byte[] to, int at, long offset, int length) throws BootException {
        require(offset, length);
        System.arraycopy(bytes, (int) offset, to, at, length);
    }

    /** Throws when a range is not in the image altogether. */
    void require(long offset, long length) throws BootException {
        if (offset < 0 || length < 0 || offset > bytes.length || length > bytes.length - offset) {
            throw new BootException(name + " is cut short or damaged: it has " + bytes.length + " bytes, and needs "
                    + Long.toUnsignedString(length) + " at " + Long.toUnsignedString(offset));
        }
    }
}
