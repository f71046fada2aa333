package org.retrovisor.monitor.boot;

/**
 * Where loaders put what they hand to a kernel: fixed places below 640 KiB, which no image may be loaded over.
 */
final class LowMemory {
    static final long START = 0x1000;
    static final long DESCRIPTORS = 0x1000;
    /** One PML4, one PDPT and four page directories. */
    static final long PAGE_TABLES = 0x2000;

    static final long PARAMETERS = 0x8000;
    static final long STACK_TOP = 0xC000;
    static final long COMMAND_LINE = 0x10000;
    static final int COMMAND_LINE_SIZE = 0x10000;
    static final long END = COMMAND_LINE + COMMAND_LINE_SIZE;

    private static final int PAGE = 4096;
    private static final int PRESENT_WRITABLE = 0x03;
    private static final int LARGE = 0x80;
    private static final int DIRECTORIES = 4;
    private static final int ENTRIES = 512;

    private LowMemory() {}

    /** Writes page tables that map the first 4 GiB to themselves in pages of 2 MiB; the result is CR3. */
    static long writePageTables(BootMemory memory) {
        var root = new LittleEndian().u64(PAGE_TABLES + PAGE | PRESENT_WRITABLE);
        var pointers = new LittleEndian();
        var directories = new LittleEndian();
        for (long directory = 0; directory < DIRECTORIES; directory++) {
            pointers.u64(PAGE_TABLES + (2 + directory) * PAGE | PRESENT_WRITABLE);
            for (long entry = 0; entry < ENTRIES; entry++) {
                directories.u64((directory * ENTRIES + entry) << 21 | LARGE | PRESENT_WRITABLE);
            }
        }
        memory.write(PAGE_TABLES, root.bytes());
        memory.write(PAGE_TABLES + PAGE, pointers.bytes());
        memory.write(PAGE_TABLES + 2 * PAGE, directories.bytes());
        return PAGE_TABLES;
    }

    /** Writes the command line with its terminating zero. */
    static void writeCommandLine(BootMemory memory, String commandLine, int longest) throws BootException {
        byte[] text = new LittleEndian().text(commandLine).u8(0).bytes();
        int limit = Math.min(longest, COMMAND_LINE_SIZE - 1);
        if (text.length - 1 > limit) {
            throw new BootException(
                    "the kernel command line has " + (text.length - 1) + " bytes; this kernel takes at most "
                            + limit);
        }
        if (commandLine.indexOf('\0') >= 0 || commandLine.chars().anyMatch(c -> c > 0xFF)) {
            throw new BootException("the kernel command line holds characters that a kernel does not take");
        }
        memory.write(COMMAND_LINE, text);
    }
}
