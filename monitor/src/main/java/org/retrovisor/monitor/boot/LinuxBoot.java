package org.retrovisor.monitor.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * Loads a Linux bzImage by the 64-bit boot protocol, or by the 32-bit one if it has no 64-bit entry (Linux documentation,
 * "The Linux/x86 Boot Protocol", sections of these names).
 *
 * <p>In a machine with too little memory for the kernel to unpack itself, the loader unpacks it and enters the kernel
 * proper, which takes the same parameters. Such a kernel runs where it was linked: only its unpacker could move it.
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
    private static final long CR0_32 = 0x11; // extension type, protection
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
        Loaded kernel = loadKernel(memory, map, reader, header, initrd.length);
        long initrdAddress = placeInitrd(map, header, kernel, initrd.length);
        if (initrd.length > 0) {
            memory.write(initrdAddress, initrd);
        }
        LowMemory.writeCommandLine(memory, commandLine, header.commandLineSize());
        MemoryMap.writeBiosData(memory);
        AcpiTables.write(memory, map, processors);
        memory.write(LowMemory.PARAMETERS, parameters(map, header, initrdAddress, initrd.length));
        return header.enteredIn64Bit() ? enter64(memory, kernel.entry()) : enter32(memory, kernel.entry());
    }

    /** What a loaded kernel occupies, and where it is entered. */
    private record Loaded(long start, long end, long entry) {}

    private static Loaded loadKernel(BootMemory memory, MemoryMap map, ImageReader image, LinuxHeader header,
            int initrdLength) throws BootException {
        long load = header.preferredAddress();
        if (load + header.initSize() <= map.acpiBase()) {
            header.load(memory, image);
            return new Loaded(load, load + header.initSize(), header.enteredIn64Bit() ? load + ENTRY_64 : load);
        }
        // Too small for the kernel to unpack itself in, perhaps large enough for what it unpacks.
        byte[] unpacked = header.enteredIn64Bit() ? LinuxPayload.unpack(image, header.setupSize()) : null;
        if (unpacked == null) {
            throw tooLittle(map, load + header.initSize() + initrdLength);
        }
        return loadUnpacked(memory, map, new ImageReader("the unpacked kernel", unpacked));
    }

    private static Loaded loadUnpacked(BootMemory memory, MemoryMap map, ImageReader image) throws BootException {
        ElfImage layout = ElfImage.read(image);
        layout.load(memory, map, image);
        return new Loaded(layout.start(), layout.end(), layout.entry());
    }

    /** The highest place that the kernel allows above itself, or else below itself. */
    private static long placeInitrd(MemoryMap map, LinuxHeader header, Loaded kernel, int length) throws BootException {
        long highest = Math.min(map.acpiBase(), header.initrdLimit() + 1);
        long above = highest - length & -PAGE;
        if (above >= kernel.end()) {
            return above;
        }
        long below = Math.min(kernel.start(), highest) - length & -PAGE;
        if (below >= MemoryMap.MEBIBYTE) {
            return below;
        }
        if (kernel.end() + length > header.initrdLimit()) {
            throw new BootException("the initial RAM disk of " + MemoryMap.megabytes(length)
                    + " is too large: this kernel takes none beyond address 0x"
                    + Long.toHexString(header.initrdLimit()));
        }
        throw tooLittle(map, kernel.end() + length);
    }

    private static BootException tooLittle(MemoryMap map, long end) {
        return new NotEnoughMemoryException(": this kernel and its initial RAM disk need at least "
                + MemoryMap.megabytes(end + MemoryMap.ACPI_SIZE) + ", the machine has "
                + MemoryMap.megabytes(map.lowEnd()));
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

    private static BootState enter32(BootMemory memory, long entry) {
        memory.write(LowMemory.DESCRIPTORS, FlatSegments.table(BootState.Mode.PROTECTED_32));
        return new BootState(BootState.Mode.PROTECTED_32, entry, LowMemory.STACK_TOP,
                Map.of(RSI, LowMemory.PARAMETERS), CR0_32, 0, 0, 0, LowMemory.DESCRIPTORS, FlatSegments.LIMIT,
                FlatSegments.registers(BootState.Mode.PROTECTED_32));
    }

    private static BootState enter64(BootMemory memory, long entry) {
        long cr3 = LowMemory.writePageTables(memory);
        memory.write(LowMemory.DESCRIPTORS, FlatSegments.table(BootState.Mode.LONG_64));
        return new BootState(BootState.Mode.LONG_64, entry, LowMemory.STACK_TOP, Map.of(RSI, LowMemory.PARAMETERS), CR0,
                cr3, CR4, EFER, LowMemory.DESCRIPTORS, FlatSegments.LIMIT,
                FlatSegments.registers(BootState.Mode.LONG_64));
    }
}
