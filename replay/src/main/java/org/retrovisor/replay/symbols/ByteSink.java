package org.retrovisor.replay.symbols;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that grow: little-endian numbers, and the variable-length ones of DWARF. */
final class ByteSink {
    private byte[] bytes;
    private int size;

    ByteSink(int expected) {
        bytes = new byte[Math.max(expected, 64)];
    }

    int size() {
        return size;
    }

    byte[] array() {
        return bytes;
    }

    ByteSink u8(int value) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = (byte) value;
        return this;
    }

    ByteSink u16(int value) {
        return u8(value).u8(value >> 8);
    }

    ByteSink u32(long value) {
        return u16((int) value).u16((int) (value >> 16));
    }

    ByteSink u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    ByteSink uleb(int value) {
        int rest = value;
        while (rest >>> 7 != 0) {
            u8(rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        return u8(rest);
    }

    ByteSink sleb(int value) {
        int rest = value;
        while (rest < -64 || rest > 63) {
            u8(rest & 0x7F | 0x80);
            rest >>= 7;
        }
        return u8(rest & 0x7F);
    }

    ByteSink raw(byte[] from, int offset, int length) {
        if (bytes.length - size < length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + length));
        }
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
        return this;
    }

    ByteSink append(ByteSink other) {
        return raw(other.bytes, 0, other.size);
    }

    /** A string with a zero at its end. */
    ByteSink string(String text) {
        byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
        return raw(latin, 0, latin.length).u8(0);
    }

    /** Bytes of value {@code fill} up to a multiple of {@code unit}. */
    ByteSink align(int unit, int fill) {
        while (size % unit != 0) {
            u8(fill);
        }
        return this;
    }

    /** Puts a 32-bit number over what is at a position. */
    void patch32(int position, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[position + i] = (byte) (value >>> 8 * i);
        }
    }

    void clear() {
        size = 0;
    }
}
