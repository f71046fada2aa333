package org.retrovisor.monitor.boot;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Appends numbers in the byte order of the guest. */
final class LittleEndian {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    LittleEndian u8(int value) {
        out.write(value);
        return this;
    }

    LittleEndian u16(int value) {
        return u8(value).u8(value >> 8);
    }

    LittleEndian u32(long value) {
        return u16((int) value).u16((int) (value >> 16));
    }

    LittleEndian u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    /** The characters as single bytes, no terminator. */
    LittleEndian text(String text) {
        return raw(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    LittleEndian raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Zeros up to byte {@code offset}. */
    LittleEndian zerosTo(int offset) {
        if (offset < out.size()) {
            throw new IllegalArgumentException("already at " + out.size() + ", past " + offset);
        }
        return raw(new byte[offset - out.size()]);
    }

    int size() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
