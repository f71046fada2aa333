package org.retrovisor.monitor.boot;

import java.util.ArrayList;
import java.util.List;

/**
 * What the firmware says about physical memory (the E820 map), for a given amount of RAM.
 *
 * <pre>
 *   0 .. 639 KiB                 usable
 *   639 .. 640 KiB               reserved (extended BIOS data area)
 *   640 .. 768 KiB               video window, not RAM
 *   896 KiB .. 1 MiB             reserved (firmware; the ACPI root pointer is there)
 *   1 MiB .. top of low RAM      usable, the last 64 KiB hold the ACPI tables
 *   3 GiB .. 4 GiB               devices
 *   4 GiB ..                     usable: RAM beyond 3 GiB
 * </pre>
 */
public final class MemoryMap {
    /** The least that any guest is started with. */
    public static final long SMALLEST = 2L << 20;

    static final int USABLE = 1;
    static final int RESERVED = 2;
    static final int ACPI_DATA = 3;

    static final long BIOS_DATA = 0x400;
    static final long EXTENDED_BIOS_DATA = 0x9FC00;
    static final long VIDEO = 0xA0000;
    static final long FIRMWARE = 0xE0000;
    static final long MEBIBYTE = 0x10_0000;
    static final long DEVICES = 3L << 30;
    static final long HIGH = 4L << 30;
    /** Bytes kept for the ACPI tables. */
    static final int ACPI_SIZE = 0x10000;

    /** One range; {@code type} is the number of the E820 interface. */
    record Range(long start, long length, int type) {
        long end() {
            return start + length;
        }
    }

    private final long size;
    private final long lowEnd;

    /** The map of a machine with {@code size} bytes of RAM. */
    public MemoryMap(long size) throws BootException {
        if (size < SMALLEST) {
            throw new NotEnoughMemoryException(": " + size + " bytes; at least 2M are needed");
        }
        this.size = size;
        this.lowEnd = Math.min(size, DEVICES) & -4096L;
    }

    /** Where RAM ends below 4 GiB, the ACPI tables included. */
    long lowEnd() {
        return lowEnd;
    }

    /** Where the ACPI tables are, which is where usable low RAM ends. */
    long acpiBase() {
        return lowEnd - ACPI_SIZE;
    }

    List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        ranges.add(new Range(0, EXTENDED_BIOS_DATA, USABLE));
        ranges.add(new Range(EXTENDED_BIOS_DATA, VIDEO - EXTENDED_BIOS_DATA, RESERVED));
        ranges.add(new Range(FIRMWARE, MEBIBYTE - FIRMWARE, RESERVED));
        ranges.add(new Range(MEBIBYTE, acpiBase() - MEBIBYTE, USABLE));
        ranges.add(new Range(acpiBase(), ACPI_SIZE, ACPI_DATA));
        if (size > DEVICES) {
            ranges.add(new Range(HIGH, size - DEVICES, USABLE));
        }
        return ranges;
    }

    /** Writes the words of the BIOS data area that kernels still look at. */
    static void writeBiosData(BootMemory memory) {
        memory.write(BIOS_DATA + 0x0E, new LittleEndian().u16((int) (EXTENDED_BIOS_DATA >> 4)).bytes());
        memory.write(BIOS_DATA + 0x13, new LittleEndian().u16((int) (EXTENDED_BIOS_DATA >> 10)).bytes());
        memory.write(EXTENDED_BIOS_DATA, new byte[]{1}); // its size in KiB
    }

    /** A size as a user would type it: MiB, rounded up. */
    static String megabytes(long bytes) {
        return Math.ceilDiv(bytes, MEBIBYTE) + "M";
    }
}
