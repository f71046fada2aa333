package org.retrovisor.monitor.boot;

import java.util.List;
import java.util.Map;

/** Loads a kernel by the multiboot protocol, version 1 (Multiboot Specification 0.6.96). */
public final class MultibootBoot {
    private static final int RAX = 0;
    private static final int RBX = 3;

    /** What EAX holds when a multiboot kernel is entered. */
    private static final long LOADED = 0x2BAD_B002L;

    private static final int PAGE = 4096;
    private static final long CR0 = 0x11; // extension type, protection

    /** Bits of the information structure's flags. */
    private static final int HAS_MEMORY = 1;

    private static final int HAS_COMMAND_LINE = 1 << 2;
    private static final int HAS_MODULES = 1 << 3;
    private static final int HAS_MAP = 1 << 6;
    private static final int HAS_LOADER_NAME = 1 << 9;

    private static final long INFORMATION = LowMemory.PARAMETERS;
    private static final long MODULES = LowMemory.PARAMETERS + 0x100;
    private static final long LOADER_NAME = LowMemory.PARAMETERS + 0x180;
    private static final long MAP = LowMemory.PARAMETERS + 0x200;

    private MultibootBoot() {}

    /**
     * Loads a kernel.
     *
     * @param image an ELF file or an image whose header has load addresses
     * @param module handed to the kernel as its only module; empty for none
     * @param processors how many processors the ACPI tables name
     * @return the state in which the bootstrap processor starts
     */
    public static BootState load(BootMemory memory, byte[] image, byte[] module, String commandLine, int processors)
            throws BootException {
        var map = new MemoryMap(memory.size());
        var reader = new ImageReader("the kernel", image);
        MultibootHeader header = MultibootHeader.find(reader);
        if (header == null) {
            throw new BootException("not a multiboot kernel: no multiboot header in its first 8 KiB");
        }
        ElfImage layout = header.layout(reader);
        layout.load(memory, map, reader);
        long moduleAddress = loadModule(memory, map, module, Math.max(layout.end(), MemoryMap.MEBIBYTE));
        LowMemory.writeCommandLine(memory, commandLine, LowMemory.COMMAND_LINE_SIZE - 1);
        MemoryMap.writeBiosData(memory);
        AcpiTables.write(memory, map, processors);
        writeInformation(memory, map, moduleAddress, module.length);
        memory.write(LowMemory.DESCRIPTORS, FlatSegments.table(BootState.Mode.PROTECTED_32));
        return new BootState(BootState.Mode.PROTECTED_32, layout.entry(), LowMemory.STACK_TOP,
                Map.of(RAX, LOADED, RBX, INFORMATION), CR0, 0, 0, 0, LowMemory.DESCRIPTORS, FlatSegments.LIMIT,
                FlatSegments.registers(BootState.Mode.PROTECTED_32));
    }

    private static long loadModule(BootMemory memory, MemoryMap map, byte[] module, long end) throws BootException {
        long address = Math.ceilDiv(end, PAGE) * PAGE;
        if (module.length > map.acpiBase() - address) {
            throw new NotEnoughMemoryException(" for the module of " + MemoryMap.megabytes(module.length)
                    + ": at least " + MemoryMap.megabytes(address + module.length + MemoryMap.ACPI_SIZE)
                    + " are needed");
        }
        if (module.length > 0) {
            memory.write(address, module);
        }
        return address;
    }

    private static void writeInformation(BootMemory memory, MemoryMap map, long module, int moduleLength) {
        boolean hasModule = moduleLength > 0;
        int flags = HAS_MEMORY | HAS_COMMAND_LINE | HAS_MAP | HAS_LOADER_NAME | (hasModule ? HAS_MODULES : 0);
        byte[] ranges = memoryMap(map.ranges());
        var information = new LittleEndian();
        information.u32(flags).u32(MemoryMap.EXTENDED_BIOS_DATA >> 10).u32((map.acpiBase() - MemoryMap.MEBIBYTE) >> 10);
        information.u32(0).u32(LowMemory.COMMAND_LINE).u32(hasModule ? 1 : 0).u32(hasModule ? MODULES : 0);
        information.zerosTo(44).u32(ranges.length).u32(MAP).zerosTo(64).u32(LOADER_NAME).zerosTo(116);
        memory.write(INFORMATION, information.bytes());
        memory.write(MAP, ranges);
        memory.write(LOADER_NAME, new LittleEndian().text("Retrovisor").u8(0).bytes());
        if (hasModule) {
            memory.write(MODULES, new LittleEndian().u32(module).u32(module + moduleLength).u32(0).u32(0).bytes());
        }
    }

    /** Each entry begins with its own size, which does not count itself. */
    private static byte[] memoryMap(List<MemoryMap.Range> ranges) {
        var bytes = new LittleEndian();
        for (MemoryMap.Range range : ranges) {
            bytes.u32(20).u64(range.start()).u64(range.length()).u32(range.type());
        }
        return bytes.bytes();
    }
}
