package org.retrovisor.monitor.boot;

/**
 * A piece of an image that is loaded.
 *
 * @param offset where its bytes are in the image
 * @param fileSize how many they are
 * @param address physical address of the first byte
 * @param virtualAddress address at which the image expects the piece
 * @param memorySize bytes in memory; those beyond the file's are zero
 */
record LoadSegment(long offset, long fileSize, long address, long virtualAddress, long memorySize) {
    long end() {
        return address + memorySize;
    }

    /** Throws when the piece is not whole, or not in usable RAM that no loader needs. */
    void check(ImageReader image, MemoryMap map) throws BootException {
        image.require(offset, fileSize);
        boolean sane = fileSize <= memorySize && memorySize >= 0 && address >= 0;
        boolean low = address >= LowMemory.END && memorySize <= MemoryMap.EXTENDED_BIOS_DATA - LowMemory.END
                && end() <= MemoryMap.EXTENDED_BIOS_DATA;
        boolean main = address >= MemoryMap.MEBIBYTE && address <= map.acpiBase()
                && memorySize <= map.acpiBase() - address;
        if (sane && (low || main)) {
            return;
        }
        if (sane && address >= MemoryMap.MEBIBYTE && address < MemoryMap.DEVICES
                && memorySize <= MemoryMap.DEVICES - address) {
            throw new NotEnoughMemoryException(": the kernel needs at least "
                    + MemoryMap.megabytes(end() + MemoryMap.ACPI_SIZE) + ", the machine has "
                    + MemoryMap.megabytes(map.lowEnd()));
        }
        throw new BootException("the kernel cannot be loaded: it wants 0x" + Long.toHexString(memorySize)
                + " bytes at physical address 0x" + Long.toHexString(address)
                + ", and kernels belong at 0x20000 to 0x9fbff or from 0x100000 on");
    }

    /** Whether {@code virtual} lies in the piece as the image expects it. */
    boolean holds(long virtual) {
        return Long.compareUnsigned(virtual - virtualAddress, memorySize) < 0;
    }
}
