package org.retrovisor.monitor;

import java.util.Arrays;

/**
 * What a guest executed and touched between two moments. A superset: what it denies did not happen.
 *
 * @param executed code by linear address: bit n stands for line n of 64 bytes of the page
 * @param linear memory by linear address, with {@link #READ} and {@link #WRITTEN}
 * @param physical the same by physical address; what devices wrote is here only
 * @param deviceWrote whether a device wrote to RAM
 */
public record Footprint(Pages executed, Pages linear, Pages physical, boolean deviceWrote) {
    /** The page may have been read. */
    public static final long READ = 1;
    /** The page may have been written. */
    public static final long WRITTEN = 2;

    private static final int PAGE_SHIFT = 12;
    private static final int LINE_SHIFT = 6;

    /**
     * Bits of pages.
     *
     * @param numbers of all pages with bits, ascending: their addresses divided by 4096
     * @param bits not 0, of each of them
     */
    public record Pages(long[] numbers, long[] bits) {
        Pages and(Pages other) {
            PageBits all = new PageBits();
            addTo(all);
            other.addTo(all);
            return all.pages();
        }

        private void addTo(PageBits all) {
            for (int i = 0; i < numbers.length; i++) {
                all.set(numbers[i], bits[i]);
            }
        }

        /** Takes the number of a page, and its bits. */
        @FunctionalInterface
        public interface Visitor {
            void page(long number, long bits);
        }

        /** Shows all pages, in order. */
        public void forEach(Visitor visitor) {
            for (int i = 0; i < numbers.length; i++) {
                visitor.page(numbers[i], bits[i]);
            }
        }

        /** The bits of a page, 0 if it has none. */
        public long get(long number) {
            int at = Arrays.binarySearch(numbers, number);
            return at < 0 ? 0 : bits[at];
        }

        /** All bits of the pages that [address, address + length) is on. */
        long anyOf(long address, long length) {
            long first = address >>> PAGE_SHIFT;
            long last = address + length - 1 >>> PAGE_SHIFT;
            if (last < first) {
                return -1; // it goes around the end of the address space: we make no statement
            }
            int at = Arrays.binarySearch(numbers, first);
            long any = 0;
            for (int i = at < 0 ? -at - 1 : at; i < numbers.length && numbers[i] <= last; i++) {
                any |= bits[i];
            }
            return any;
        }
    }

    /** What was executed and touched here or there. */
    public Footprint and(Footprint other) {
        return new Footprint(
                executed.and(other.executed), linear.and(other.linear), physical.and(other.physical),
                deviceWrote || other.deviceWrote);
    }

    /** Whether the instruction at a linear address may have been executed. */
    public boolean mayExecute(long linearAddress) {
        return (executed.get(linearAddress >>> PAGE_SHIFT) >>> (linearAddress >>> LINE_SHIFT & 63) & 1) != 0;
    }

    /**
     * Whether any of some bytes may have been accessed.
     *
     * @param byPhysical whether {@code address} is a physical one
     */
    public boolean mayTouch(long address, long length, boolean reads, boolean writes, boolean byPhysical) {
        if (writes && deviceWrote && !byPhysical) {
            return true; // whose linear addresses that was nobody noted
        }
        long wanted = (reads ? READ : 0) | (writes ? WRITTEN : 0);
        return ((byPhysical ? physical : linear).anyOf(address, length) & wanted) != 0;
    }
}
