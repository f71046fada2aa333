package org.retrovisor.replay.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * How a linear address is translated (AMD APM volume 2, section 5.3).
 *
 * @param entries what was read on the way in 64-bit paging, the root first; empty in the other modes
 * @param physical the physical address, or -1 when the address is not mapped
 */
public record PageWalk(List<Entry> entries, long physical) {
    private static final String[] NAMES = {"PTE", "PDE", "PDPE", "PML4E"};
    private static final long ADDRESS = (1L << 52) - 1 & ~0xFFFL;
    private static final String[] FLAGS = {"P", "W", "U", "WT", "CD", "A", "D", "PS", "G"};

    public PageWalk {
        entries = List.copyOf(entries);
    }

    /**
     * An entry of a paging structure.
     *
     * @param name as the manual calls it: PML4E, PDPE, PDE, PTE
     * @param address its physical address
     */
    public record Entry(String name, long address, long value) {
        boolean present() {
            return (value & 1) != 0;
        }

        /** The flags that are set, by the manual's short names. */
        public String flags() {
            StringBuilder text = new StringBuilder();
            for (int bit = 0; bit < FLAGS.length; bit++) {
                if ((value >>> bit & 1) != 0) {
                    text.append(text.isEmpty() ? "" : " ").append(FLAGS[bit]);
                }
            }
            return (value < 0 ? text.append(" NX") : text).toString();
        }
    }

    /** Reads eight bytes of physical memory. */
    interface Reader {
        long read(long physical);
    }

    /** The entries of four-level paging from {@code root} on, as far as they are present. */
    static List<Entry> fourLevels(long root, long linear, Reader memory) {
        List<Entry> entries = new ArrayList<>();
        long table = root & ADDRESS;
        for (int level = 3; level >= 0; level--) {
            long address = table + (linear >>> 12 + 9 * level & 511) * 8;
            Entry entry = new Entry(NAMES[level], address, memory.read(address));
            entries.add(entry);
            boolean large = level > 0 && level < 3 && (entry.value() & 0x80) != 0;
            if (!entry.present() || large) {
                break;
            }
            table = entry.value() & ADDRESS;
        }
        return entries;
    }
}
