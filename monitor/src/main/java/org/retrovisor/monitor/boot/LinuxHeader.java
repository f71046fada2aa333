package org.retrovisor.monitor.boot;

/**
 * The setup header of a bzImage (Linux x86 boot protocol, "The Real-Mode Kernel Header"), checked.
 *
 * @param setupSize bytes before the protected-mode kernel
 * @param kernelSize bytes of the protected-mode kernel that the header promises
 * @param header the header's bytes, from file offset 1F1H on
 * @param alignment of the load address, in bytes
 * @param preferredAddress where the kernel wants to be
 * @param initSize bytes the kernel needs from its load address on, before it can look at the memory map
 * @param initrdLimit the last address the initial RAM disk may occupy
 * @param commandLineSize longest command line in bytes, without terminator
 * @param enteredIn64Bit whether there is an entry point for 64-bit mode; without, the kernel is 32-bit code
 */
record LinuxHeader(int setupSize, long kernelSize, byte[] header, boolean relocatable, long alignment,
        long preferredAddress, long initSize, long initrdLimit, int commandLineSize, boolean enteredIn64Bit) {
    /** Where the header begins, in the file and in the parameter page. */
    static final int START = 0x1F1;

    static final int MAGIC_OFFSET = 0x202;
    static final long MAGIC = 0x5372_6448; // HdrS

    private static final int JUMP_LENGTH = 0x201;
    private static final int VERSION = 0x206;
    private static final int SYSTEM_SIZE = 0x1F4;
    private static final int INITRD_LIMIT = 0x22C;
    private static final int ALIGNMENT = 0x230;
    private static final int RELOCATABLE = 0x234;
    private static final int EXTRA_FLAGS = 0x236;
    private static final int COMMAND_LINE_SIZE = 0x238;
    private static final int PREFERRED_ADDRESS = 0x258;
    private static final int INIT_SIZE = 0x260;

    /** Version 2.12 brought the flags that say how a kernel can be entered. */
    private static final int OLDEST_VERSION = 0x20C;

    private static final int FLAG_64_BIT_ENTRY = 1;
    private static final int SECTOR = 512;
    private static final int OLD_SETUP_SECTORS = 4;
    private static final int PARAGRAPH = 16;

    /** Whether the image carries the header's magic number. */
    static boolean isPresent(ImageReader image) throws BootException {
        return image.length() >= MAGIC_OFFSET + 4 && image.u32(MAGIC_OFFSET) == MAGIC;
    }

    /** Reads and checks the header. */
    static LinuxHeader read(ImageReader image) throws BootException {
        if (!isPresent(image)) {
            throw new BootException("not a Linux bzImage: the setup header is missing");
        }
        int version = image.u16(VERSION);
        if (version < OLDEST_VERSION) {
            throw new BootException("this Linux kernel is too old: boot protocol " + (version >> 8) + "."
                    + (version & 0xFF) + ", 2.12 (Linux 3.8) or later is needed");
        }
        int sectors = image.u8(START) == 0 ? OLD_SETUP_SECTORS : image.u8(START);
        int headerEnd = MAGIC_OFFSET + image.u8(JUMP_LENGTH);
        var header = new LinuxHeader((sectors + 1) * SECTOR, image.u32(SYSTEM_SIZE) * PARAGRAPH,
                image.range(START, headerEnd - START), image.u8(RELOCATABLE) != 0, image.u32(ALIGNMENT),
                image.u64(PREFERRED_ADDRESS), image.u32(INIT_SIZE), image.u32(INITRD_LIMIT),
                (int) Math.min(image.u32(COMMAND_LINE_SIZE), Integer.MAX_VALUE),
                (image.u16(EXTRA_FLAGS) & FLAG_64_BIT_ENTRY) != 0);
        header.check(image);
        return header;
    }

    private void check(ImageReader image) throws BootException {
        image.require(setupSize, kernelSize - missing(image));
        boolean aligned = alignment > 0 && Long.bitCount(alignment) == 1 && preferredAddress % alignment == 0;
        if (!aligned || preferredAddress < MemoryMap.MEBIBYTE || preferredAddress >= MemoryMap.DEVICES) {
            throw new BootException("the kernel's setup header is damaged: it cannot be loaded at 0x"
                    + Long.toHexString(preferredAddress));
        }
        if (initSize < kernelSize) {
            throw new BootException("the kernel's setup header is damaged: it needs " + initSize
                    + " bytes, but is itself " + kernelSize + " bytes long");
        }
    }

    /** Writes the protected-mode kernel; what the file lacks of its last paragraph is zero, as RAM is. */
    void load(BootMemory memory, ImageReader image) throws BootException {
        image.copyTo(memory, preferredAddress, setupSize, kernelSize - missing(image));
    }

    /** Sizes are in paragraphs, rounded up, and not every linker fills the last one. */
    private long missing(ImageReader image) {
        long missing = setupSize + kernelSize - image.length();
        return missing > 0 && missing < PARAGRAPH ? missing : 0;
    }
}
