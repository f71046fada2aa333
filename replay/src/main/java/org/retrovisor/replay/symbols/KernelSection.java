package org.retrovisor.replay.symbols;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A part of the kernel's image, between symbols that its linker script has put there.
 *
 * @param start first address
 * @param size in bytes
 * @param flags of an ELF section header: 1 writable, 2 in memory, 4 code
 * @param hasContents whether its bytes belong into the file: they never change, but for patched code
 */
record KernelSection(String name, long start, int size, int flags, boolean hasContents) {
    private static final int WRITE = 1;
    private static final int ALLOC = 2;
    private static final int CODE = 4;

    /** A place without code. */
    static final KernelSection EMPTY_CODE = new KernelSection(".text", 0, 0, ALLOC | CODE, false);

    private record Bounds(String name, int flags, boolean hasContents, String[] from, String[] to) {}

    private static final List<Bounds> ALL = List.of(
            bounds(".text", ALLOC | CODE, true, "_text _stext", "_etext"),
            bounds(".rodata", ALLOC, true, "__start_rodata", "__end_rodata"),
            bounds(".data", ALLOC | WRITE, false, "_sdata", "_edata"),
            bounds(".init.text", ALLOC | CODE, false, "_sinittext", "_einittext"),
            bounds(".init.data", ALLOC | WRITE, false, "_einittext", "__init_end"),
            bounds(".bss", ALLOC | WRITE, false, "__bss_start", "__bss_stop"),
            bounds(".brk", ALLOC | WRITE, false, "__brk_base", "__brk_limit"));

    private static Bounds bounds(String name, int flags, boolean hasContents, String from, String to) {
        return new Bounds(name, flags, hasContents, from.split(" "), to.split(" "));
    }

    /** The sections of a kernel, by address; those that its symbols tell nothing of are left out. */
    static List<KernelSection> of(KernelSymbols kernel) {
        List<KernelSection> found = new ArrayList<>();
        for (Bounds bounds : ALL) {
            long start = kernel.firstOf(bounds.from);
            long end = kernel.firstOf(bounds.to);
            if (start != -1 && end > start) {
                found.add(new KernelSection(
                        bounds.name, start, (int) (end - start), bounds.flags, bounds.hasContents));
            }
        }
        found.sort(Comparator.comparingLong(KernelSection::start));
        return withoutOverlaps(found);
    }

    private static List<KernelSection> withoutOverlaps(List<KernelSection> sorted) {
        List<KernelSection> kept = new ArrayList<>();
        for (KernelSection section : sorted) {
            if (kept.isEmpty() || section.start >= kept.getLast().end()) {
                kept.add(section);
            }
        }
        return kept;
    }

    long end() {
        return start + size;
    }
}
