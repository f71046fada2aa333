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
    private static final long LARGE = 0x80;
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

    /** The walk of four-level paging from a root, which need not be the one in force. */
    static PageWalk fourLevels(long root, long linear, Reader memory) {
        List<Entry> entries = new ArrayList<>();
        long table = root & ADDRESS;
        for (int level = 3; level >= 0; level--) {
            int shift = 12 + 9 * level;
            long address = table + (linear >>> shift & 511) * 8;
            Entry entry = new Entry(NAMES[level], address, memory.read(address));
            entries.add(entry);
            if (!entry.present()) {
                break;
            }
            boolean large = level > 0 && level < 3 && (entry.value() & LARGE) != 0;
            if (level == 0 || large) {
                long offset = (1L << shift) - 1;
                return new PageWalk(entries, entry.value() & ADDRESS & ~offset | linear & offset);
            }
            table = entry.value() & ADDRESS;
        }
        return new PageWalk(entries, -1);
    }
}
