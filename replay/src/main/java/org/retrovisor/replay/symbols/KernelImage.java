package org.retrovisor.replay.symbols;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A copy of the memory that may hold a kernel.
 *
 * <p>Positions count bytes from the beginning; numbers are little-endian. Reading outside of the image throws
 * {@link IndexOutOfBoundsException}: who follows the guest's numbers asks {@link #holds} first.
 */
final class KernelImage {
    private static final VarHandle SHORTS = view(short[].class);
    private static final VarHandle INTS = view(int[].class);
    private static final VarHandle LONGS = view(long[].class);
    private static final int LONGEST_TEXT = 1024;

    private final long base;
    private final byte[] bytes;

    KernelImage(long base, byte[] bytes) {
        this.base = base;
        this.bytes = bytes;
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }

    long base() {
        return base;
    }

    long end() {
        return base + bytes.length;
    }

    int size() {
        return bytes.length;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean holds(long address) {
        return address >= base && address < end();
    }

    /** Whether {@code length} bytes from a position are inside. */
    boolean holds(long position, long length) {
        return position >= 0 && length >= 0 && position <= bytes.length - length;
    }

    /** The position of an address that {@link #holds} is true for. */
    int position(long address) {
        return Math.toIntExact(address - base);
    }

    int u8(int position) {
        return bytes[position] & 0xFF;
    }

    int u16(int position) {
        return (short) SHORTS.get(bytes, position) & 0xFFFF;
    }

    int i16(int position) {
        return (short) SHORTS.get(bytes, position);
    }

    int i32(int position) {
        return (int) INTS.get(bytes, position);
    }

    long i64(int position) {
        return (long) LONGS.get(bytes, position);
    }

    /** The first position of a text from {@code from} on, or -1. */
    int find(String text, int from) {
        byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
        int last = bytes.length - wanted.length;
        for (int i = from; i <= last; i++) {
            if (bytes[i] == wanted[0] && matches(wanted, i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(byte[] wanted, int position) {
        for (int i = 1; i < wanted.length; i++) {
            if (bytes[position + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    /** The line of text at a position, without its end. */
    String line(int position) {
        int end = position;
        int limit = Math.min(bytes.length, position + LONGEST_TEXT);
        while (end < limit && bytes[end] >= ' ') {
            end++;
        }
        return new String(bytes, position, end - position, StandardCharsets.ISO_8859_1);
    }
}
