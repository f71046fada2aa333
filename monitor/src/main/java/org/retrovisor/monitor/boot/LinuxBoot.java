package org.retrovisor.monitor.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * Loads a Linux bzImage by the 64-bit boot protocol (Linux documentation, "The Linux/x86 Boot Protocol", section "64-bit
 * boot protocol").
 */
public final class LinuxBoot {
    /** The 64-bit entry point lies this far behind the start of the protected-mode kernel. */
    private static final int ENTRY_64 = 0x200;

    private static final int PAGE = 4096;
    private static final int RSI = 6;

    /** Offsets in the parameter page ("zero page"). */
    private static final int ACPI_ROOT_POINTER = 0x70;

    private static final int E820_COUNT = 0x1E8;
    private static final int VIDEO_MODE = 0x1FA;
    private static final int LOADER_TYPE = 0x210;
    private static final int INITRD_ADDRESS = 0x218;
    private static final int INITRD_SIZE = 0x21C;
    private static final int COMMAND_LINE = 0x228;
    private static final int E820_TABLE = 0x2D0;

    /** A boot loader without a number of its own. */
    private static final byte UNREGISTERED_LOADER = (byte) 0xFF;

    private static final short NORMAL_VIDEO = (short) 0xFFFF;

    private static final long CR0 = 0x8000_0011L; // paging, extension type, protection
    private static final long CR4 = 0x20; // physical address extension
    private static final long EFER = 0x500; // long mode enabled and active

    private LinuxBoot() {}

    /**
     * Loads a kernel.
     *
     * @param image the bzImage
     * @param initrd the initial RAM disk; empty for none
     * @param processors how many processors the ACPI tables name
     * @return the state in which the bootstrap processor starts
     */
    public static BootState load(BootMemory memory, byte[] image, byte[] initrd, String commandLine, int processors)
            throws BootException {
        var map = new MemoryMap(memory.size());
        var reader = new ImageReader("the kernel", image);
        LinuxHeader header = LinuxHeader.read(reader);
        long load = header.preferredAddress();
        requireRoom(map, load + header.initSize(), initrd.length);
        long initrdAddress = placeInitrd(map, header, initrd.length);

        memory.write(load, header.kernel(reader));
        if (initrd.length > 0) {
            memory.write(initrdAddress, initrd);
        }
        LowMemory.writeCommandLine(memory, commandLine, header.commandLineSize());
        MemoryMap.writeBiosData(memory);
        AcpiTables.write(memory, map, processors);
        memory.write(LowMemory.PARAMETERS, parameters(map, header, initrdAddress, initrd.length));
        return enter(memory, load + ENTRY_64);
    }

    private static void requireRoom(MemoryMap map, long kernelEnd, int initrdLength) throws BootException {
        if (kernelEnd > map.acpiBase()) {
            long needed = kernelEnd + initrdLength + MemoryMap.ACPI_SIZE;
            throw new BootException("too little memory: this kernel and its initial RAM disk need at least "
                    + MemoryMap.megabytes(needed) + ", the machine has " + MemoryMap.megabytes(map.lowEnd()));
        }
    }

    /** The highest place that the kernel allows above itself, or else below itself. */
    private static long placeInitrd(MemoryMap map, LinuxHeader header, int length) throws BootException {
        long highest = Math.min(map.acpiBase(), header.initrdLimit() + 1);
        long kernelStart = header.preferredAddress();
        long above = highest - length & -PAGE;
        if (above >= kernelStart + header.initSize()) {
            return above;
        }
        long below = Math.min(kernelStart, highest) - length & -PAGE;
        if (below >= MemoryMap.MEBIBYTE) {
            return below;
        }
        long needed = kernelStart + header.initSize() + length + MemoryMap.ACPI_SIZE;
        throw new BootException("too little memory for the initial RAM disk of " + MemoryMap.megabytes(length)
                + ": kernel and RAM disk need at least " + MemoryMap.megabytes(needed) + " below address 0x"
                + Long.toHexString(header.initrdLimit() + 1));
    }

    private static byte[] parameters(MemoryMap map, LinuxHeader header, long initrdAddress, int initrdLength) {
        ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
        page.put(LinuxHeader.START, header.header());
        page.putShort(VIDEO_MODE, NORMAL_VIDEO);
        page.put(LOADER_TYPE, UNREGISTERED_LOADER);
        page.putInt(COMMAND_LINE, (int) LowMemory.COMMAND_LINE);
        if (initrdLength > 0) {
            page.putInt(INITRD_ADDRESS, (int) initrdAddress);
            page.putInt(INITRD_SIZE, initrdLength);
        }
        page.putLong(ACPI_ROOT_POINTER, AcpiTables.ROOT_POINTER);
        List<MemoryMap.Range> ranges = map.ranges();
        page.put(E820_COUNT, (byte) ranges.size());
        page.position(E820_TABLE);
        for (MemoryMap.Range range : ranges) {
            page.putLong(range.start()).putLong(range.length()).putInt(range.type());
        }
        return page.array();
    }

    private static BootState enter(BootMemory memory, long entry) {
        long cr3 = LowMemory.writePageTables(memory);
        memory.write(LowMemory.DESCRIPTORS, FlatSegments.table(BootState.Mode.LONG_64));
        return new BootState(BootState.Mode.LONG_64, entry, LowMemory.STACK_TOP, Map.of(RSI, LowMemory.PARAMETERS), CR0,
                cr3, CR4, EFER, LowMemory.DESCRIPTORS, FlatSegments.LIMIT,
                FlatSegments.registers(BootState.Mode.LONG_64));
    }
}
