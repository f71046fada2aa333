package org.retrovisor.monitor.boot;

import java.util.List;

/**
 * The multiboot header of an image (Multiboot Specification 0.6.96, "The layout of Multiboot header"), checked.
 *
 * @param offset where it is in the image
 * @param flags what the image asks for
 */
record MultibootHeader(long offset, long flags) {
    private static final long MAGIC = 0x1BAD_B002L;
    private static final int SEARCHED = 8192;
    private static final int HEADER = 12;

    /** The lower half of the flags must be understood; page-aligned modules, memory and video information are. */
    private static final long UNDERSTOOD = 0x0007;

    private static final long MUST_UNDERSTAND = 0xFFFF;
    private static final long HAS_ADDRESSES = 1 << 16;

    /** The header, or null when the image has none. */
    static MultibootHeader find(ImageReader image) throws BootException {
        int last = Math.min(SEARCHED, image.length()) - HEADER;
        for (int at = 0; at <= last; at += 4) {
            long flags = image.u32(at + 4);
            if (image.u32(at) == MAGIC && (int) (MAGIC + flags + image.u32(at + 8)) == 0) {
                return new MultibootHeader(at, flags);
            }
        }
        return null;
    }

    /** What is loaded where: by the header's own addresses, or by the ELF headers. */
    ElfImage layout(ImageReader image) throws BootException {
        long unknown = flags & MUST_UNDERSTAND & ~UNDERSTOOD;
        if (unknown != 0) {
            throw new BootException("the kernel's multiboot header asks for something unknown: flags 0x"
                    + Long.toHexString(unknown));
        }
        if ((flags & HAS_ADDRESSES) != 0) {
            return ownAddresses(image);
        }
        if (!ElfImage.isPresent(image)) {
            throw new BootException("the kernel has a multiboot header without load addresses, and is not an ELF file");
        }
        return ElfImage.read(image);
    }

    private ElfImage ownAddresses(ImageReader image) throws BootException {
        long headerAddress = image.u32(offset + 12);
        long load = image.u32(offset + 16);
        long loadEnd = image.u32(offset + 20);
        long zeroEnd = image.u32(offset + 24);
        long entry = image.u32(offset + 28);
        long from = offset - (headerAddress - load);
        // An end of zero means: to the end of the file, or no zeroed part.
        long fileSize = loadEnd == 0 ? image.length() - from : loadEnd - load;
        long memorySize = zeroEnd == 0 ? fileSize : zeroEnd - load;
        var segment = new LoadSegment(from, fileSize, load, load, memorySize);
        if (!segment.holds(entry)) {
            throw new BootException(
                    "the kernel's entry point 0x" + Long.toHexString(entry) + " is outside of what is loaded");
        }
        return new ElfImage(List.of(segment), entry);
    }
}
