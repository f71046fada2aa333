package org.retrovisor.monitor.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Loads and stores at host addresses, little-endian and of any alignment.
 *
 * <p>Callers pass only addresses inside {@link GuestMemory}: the software TLB holds nothing else, which is what makes
 * the unchecked segment safe.
 */
public final class HostMemory {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final MemorySegment PAGE_OF_ZEROS = MemorySegment.ofArray(new byte[GuestMemory.PAGE]);

    private HostMemory() {}

    public static long get64(long address) {
        return ALL.get(LONG, address);
    }

    public static int get32(long address) {
        return ALL.get(INT, address);
    }

    public static int get16(long address) {
        return ALL.get(SHORT, address) & 0xFFFF;
    }

    public static int get8(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
    }

    /** Stores the low 1, 2, 4 or 8 bytes of a value. */
    public static void put(long address, int size, long value) {
        switch (size) {
            case 1 -> put8(address, (int) value);
            case 2 -> put16(address, (int) value);
            case 4 -> put32(address, (int) value);
            default -> put64(address, value);
        }
    }

    public static void put64(long address, long value) {
        ALL.set(LONG, address, value);
    }

    public static void put32(long address, int value) {
        ALL.set(INT, address, value);
    }

    public static void put16(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    public static void put8(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    /** Copies bytes between two places, which may overlap: what was there before is copied. */
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /** Fills with one byte. */
    public static void fill(long address, long bytes, byte value) {
        ALL.asSlice(address, bytes).fill(value);
    }

    /** Copies bytes out into an array. */
    public static void read(long address, byte[] to, int offset, int length) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, to, offset, length);
    }

    /** Copies bytes out into an array, eight as one number. */
    public static void read(long address, long[] to) {
        MemorySegment.copy(ALL, LONG, address, to, 0, to.length);
    }

    /** The same out of an array of bytes. */
    static void read(byte[] from, int offset, long[] to) {
        MemorySegment.copy(MemorySegment.ofArray(from), LONG, offset, to, 0, to.length);
    }

    /** Copies bytes in from an array. */
    public static void write(long address, byte[] from, int offset, int length) {
        MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, address, length);
    }

    /** Copies all of a segment in. */
    public static void write(long address, MemorySegment from) {
        MemorySegment.copy(from, 0, ALL, address, from.byteSize());
    }

    /** Copies bytes in from an array, eight as one number. */
    public static void write(long address, long[] from) {
        MemorySegment.copy(from, 0, ALL, LONG, address, from.length);
    }

    /** Whether a page of 4096 bytes holds nothing but zeros. */
    public static boolean isPageOfZeros(long address) {
        return get64(address) == 0
                && MemorySegment.mismatch(ALL, address, address + PAGE_OF_ZEROS.byteSize(), PAGE_OF_ZEROS, 0,
                        PAGE_OF_ZEROS.byteSize()) < 0;
    }

    /** Whether two ranges hold the same bytes. */
    public static boolean same(long first, long second, long bytes) {
        return MemorySegment.mismatch(ALL, first, first + bytes, ALL, second, second + bytes) < 0;
    }
}
