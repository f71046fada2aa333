package org.retrovisor.replay.symbols;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the page tables put the pages of the GiB from ffffffff80000000, in which Linux has its image, with or without
 * KASLR. The layout of the entries is that of the manual (AMD volume 2, section 5.3).
 */
final class KernelMapping {
    /** The first address of the GiB. */
    static final long START = 0xFFFF_FFFF_8000_0000L;

    private static final int PAGE_SHIFT = 12;
    private static final int PAGES = 1 << 30 - PAGE_SHIFT;
    /** Holes up to 16 MiB may lie inside an image: what the kernel freed after its start is unmapped. */
    private static final int LARGEST_HOLE = 1 << 24 - PAGE_SHIFT;
    /** Images are 30 to 100 MiB; more is not looked at, so that damaged tables cost no more than this. */
    private static final int LARGEST_IMAGE = 1 << 28 - PAGE_SHIFT;

    private static final int ENTRIES = 512;
    private static final int PRESENT = 1;
    private static final int LARGE = 1 << 7;
    private static final long FRAME = 0x000F_FFFF_FFFF_F000L;
    private static final VarHandle LONGS = MethodHandles
            .byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final GuestView guest;
    /** The physical address of each page, or -1. */
    private final long[] pages = new long[PAGES];

    private KernelMapping(GuestView guest) {
        this.guest = guest;
        Arrays.fill(pages, -1);
    }

    /**
     * The mappings to be tried in order. A second one exists when CR3 may be the half of a pair of tables that user mode
     * runs on (page-table isolation): the kernel's half is then the page before it.
     */
    static List<KernelMapping> of(GuestView guest) {
        List<KernelMapping> all = new ArrayList<>();
        long root = guest.cr3() & FRAME;
        all.add(walked(guest, root));
        if ((root & 1 << PAGE_SHIFT) != 0) {
            all.add(walked(guest, root ^ 1 << PAGE_SHIFT));
        }
        return all;
    }

    private static KernelMapping walked(GuestView guest, long root) {
        KernelMapping mapping = new KernelMapping(guest);
        long table = root;
        for (int level = guest.pagingLevels(); level > 3 && table >= 0; level--) {
            table = next(mapping.table(table), ENTRIES - 1);
        }
        if (table >= 0) {
            mapping.walkGigabyte(mapping.table(table));
        }
        return mapping;
    }

    private void walkGigabyte(long[] pointers) {
        int index = ENTRIES - 2;
        if ((pointers[index] & LARGE) != 0) {
            map(pointers[index], 0, PAGES);
            return;
        }
        long directory = next(pointers, index);
        if (directory < 0) {
            return;
        }
        long[] entries = table(directory);
        for (int i = 0; i < ENTRIES; i++) {
            walkDirectoryEntry(entries, i);
        }
    }

    private void walkDirectoryEntry(long[] entries, int i) {
        if ((entries[i] & LARGE) != 0) {
            map(entries[i], i * ENTRIES, ENTRIES);
            return;
        }
        long table = next(entries, i);
        if (table >= 0) {
            long[] leaves = table(table);
            for (int j = 0; j < ENTRIES; j++) {
                map(leaves[j], i * ENTRIES + j, 1);
            }
        }
    }

    private void map(long entry, int page, int count) {
        if ((entry & PRESENT) == 0) {
            return;
        }
        long physical = entry & FRAME & -((long) count << PAGE_SHIFT);
        for (int i = 0; i < count; i++) {
            pages[page + i] = physical + ((long) i << PAGE_SHIFT);
        }
    }

    /** The table that an entry points to, or -1. */
    private static long next(long[] entries, int index) {
        return (entries[index] & PRESENT) == 0 ? -1 : entries[index] & FRAME;
    }

    /** A table's entries; all zero where there is no RAM. */
    private long[] table(long physical) {
        byte[] bytes = new byte[ENTRIES * Long.BYTES];
        long[] entries = new long[ENTRIES];
        if (guest.readPhysical(physical, bytes, 0, bytes.length) == bytes.length) {
            Arrays.setAll(entries, i -> (long) LONGS.get(bytes, i * Long.BYTES));
        }
        return entries;
    }

    /** Ranges of pages that may be images: first page, page after the last. */
    List<int[]> ranges() {
        List<int[]> ranges = new ArrayList<>();
        int[] last = null;
        for (int page = 0; page < PAGES; page++) {
            if (pages[page] < 0) {
                continue;
            }
            if (last == null || page - last[1] > LARGEST_HOLE) {
                last = new int[]{page, page};
                ranges.add(last);
            }
            last[1] = Math.min(page + 1, last[0] + LARGEST_IMAGE);
        }
        return ranges;
    }

    /** The memory of a range; zeros in holes. */
    KernelImage load(int[] range) {
        byte[] bytes = new byte[range[1] - range[0] << PAGE_SHIFT];
        int page = range[0];
        while (page < range[1]) {
            int end = endOfRun(page, range[1]);
            if (pages[page] >= 0) {
                guest.readPhysical(pages[page], bytes, page - range[0] << PAGE_SHIFT, end - page << PAGE_SHIFT);
            }
            page = end;
        }
        return new KernelImage(START + ((long) range[0] << PAGE_SHIFT), bytes);
    }

    /** The page after the last that physically follows {@code page}. */
    private int endOfRun(int page, int limit) {
        int end = page + 1;
        while (end < limit && pages[page] >= 0 && pages[end] - pages[page] == (long) end - page << PAGE_SHIFT) {
            end++;
        }
        return end;
    }
}
