package org.retrovisor.monitor.platform;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which device answers at which address of one space.
 *
 * <p>A window has a width: the widest access its device understands. A wider access is taken apart into accesses of that
 * width at rising addresses, lowest first, as the ISA bus does; an access that leaves the window finds nothing there.
 */
final class AddressMap {
    private record Window(long base, long length, int width, Device device) {}

    private final TreeMap<Long, Window> windows = new TreeMap<>();

    /** Puts {@code device} at {@code base}; windows must not overlap. */
    AddressMap add(long base, long length, int width, Device device) {
        Window before = floor(base + length - 1);
        if (before != null && before.base + before.length > base) {
            throw new IllegalArgumentException("two devices at address 0x" + Long.toHexString(base));
        }
        windows.put(base, new Window(base, length, width, device));
        return this;
    }

    /** True when a device answers at {@code address}. */
    boolean claims(long address) {
        return window(address) != null;
    }

    /** The value at {@code address}; bytes that nobody claims are all ones. */
    long read(long address, int size, long now) {
        Window window = window(address);
        int part = window == null ? 1 : Math.min(Integer.highestOneBit(size), window.width);
        long offset = window == null ? 0 : address - window.base;
        long value = window == null || offset + part > window.length
                ? ones(part)
                : window.device.read(offset, part, now) & ones(part);
        return part == size ? value : value | read(address + part, size - part, now) << (8 * part);
    }

    /** Writes at {@code address}; bytes that nobody claims are dropped. */
    void write(long address, int size, long value, long now) {
        Window window = window(address);
        int part = window == null ? 1 : Math.min(Integer.highestOneBit(size), window.width);
        if (window != null && address - window.base + part <= window.length) {
            window.device.write(address - window.base, part, value & ones(part), now);
        }
        if (part < size) {
            write(address + part, size - part, value >>> (8 * part), now);
        }
    }

    private Window window(long address) {
        Window window = floor(address);
        return window != null && address - window.base < window.length ? window : null;
    }

    private Window floor(long address) {
        Map.Entry<Long, Window> entry = windows.floorEntry(address);
        return entry == null ? null : entry.getValue();
    }

    private static long ones(int size) {
        return size == 8 ? -1L : (1L << (8 * size)) - 1;
    }
}
