package org.retrovisor.monitor.boot;

import java.util.ArrayList;
import java.util.List;

/**
 * What a loader needs of an ELF executable for x86, 32 or 64 bits: its loadable segments and its entry point.
 *
 * @param entry the entry point's physical address
 */
record ElfImage(List<LoadSegment> segments, long entry) {
    private static final long MAGIC = 0x464C_457F;
    private static final int CLASS = 4;
    private static final int DATA = 5;
    private static final int CLASS_32 = 1;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int MACHINE = 18;
    private static final int MACHINE_386 = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int LOADABLE = 1;

    static boolean isPresent(ImageReader image) throws BootException {
        return image.length() >= 20 && image.u32(0) == MAGIC;
    }

    static ElfImage read(ImageReader image) throws BootException {
        int machine = image.u16(MACHINE);
        boolean wide = image.u8(CLASS) == CLASS_64;
        boolean known = wide || image.u8(CLASS) == CLASS_32;
        if (!known || image.u8(DATA) != LITTLE_ENDIAN || machine != MACHINE_386 && machine != MACHINE_X86_64) {
            throw new BootException("the kernel is an ELF file, but not for x86 processors");
        }
        long table = wide ? image.u64(32) : image.u32(28);
        int size = image.u16(wide ? 54 : 42);
        int count = image.u16(wide ? 56 : 44);
        List<LoadSegment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = table + (long) i * size;
            if (image.u32(at) == LOADABLE) {
                LoadSegment segment = wide ? wideSegment(image, at) : narrowSegment(image, at);
                if (segment.memorySize() != 0) {
                    segments.add(segment);
                }
            }
        }
        long entry = wide ? image.u64(24) : image.u32(24);
        return new ElfImage(segments, physicalEntry(segments, entry));
    }

    /** Checks all segments and writes their bytes; RAM is zero at first, so the rest needs no writing. */
    void load(BootMemory memory, MemoryMap map, ImageReader image) throws BootException {
        if (segments.isEmpty()) {
            throw new BootException("the kernel has nothing to load");
        }
        for (LoadSegment segment : segments) {
            segment.check(image, map);
        }
        for (LoadSegment segment : segments) {
            image.copyTo(memory, segment.address(), segment.offset(), segment.fileSize());
        }
    }

    /** The lowest physical address of all segments. */
    long start() {
        return segments.stream().mapToLong(LoadSegment::address).min().orElse(0);
    }

    /** The first physical address behind all segments. */
    long end() {
        return segments.stream().mapToLong(LoadSegment::end).max().orElse(0);
    }

    private static LoadSegment wideSegment(ImageReader image, long at) throws BootException {
        return new LoadSegment(image.u64(at + 8), image.u64(at + 32), image.u64(at + 24), image.u64(at + 16),
                image.u64(at + 40));
    }

    private static LoadSegment narrowSegment(ImageReader image, long at) throws BootException {
        return new LoadSegment(image.u32(at + 4), image.u32(at + 16), image.u32(at + 12), image.u32(at + 8),
                image.u32(at + 20));
    }

    /** Kernels that run in the higher half often name their entry by its virtual address. */
    private static long physicalEntry(List<LoadSegment> segments, long entry) throws BootException {
        for (LoadSegment segment : segments) {
            if (segment.holds(entry)) {
                return entry - segment.virtualAddress() + segment.address();
            }
        }
        for (LoadSegment segment : segments) {
            if (entry >= segment.address() && entry < segment.end()) {
                return entry;
            }
        }
        throw new BootException("the kernel's entry point 0x" + Long.toHexString(entry)
                + " is in none of its loadable segments");
    }
}
