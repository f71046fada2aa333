package org.retrovisor.monitor;

import java.util.Arrays;

/**
 * 64 bits for each of some pages, by page number. Set in a few nanoseconds, and listed in order without sorting pages: those of one
 * {@link Group} lie in a row, and a guest that touches one page touches others nearby.
 */
final class PageBits {
    private static final int FIRST_CAPACITY = 1 << 6;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    /** 64 pages in a row: enough to sort few numbers, and few enough for a guest that touches one here and one there. */
    private static final class Group {
        static final int SHIFT = 6;

        /** That of its first page divided by 64. */
        final long number;
        private final long[] bits = new long[Long.SIZE];
        /** Bit n: whether page n has bits. */
        private long taken;

        Group(long number) {
            this.number = number;
        }

        /** The lowest six bits of a page's number say which it is. */
        void set(long page, long wanted) {
            taken |= 1L << page;
            bits[(int) page & Long.SIZE - 1] |= wanted;
        }

        int count() {
            return Long.bitCount(taken);
        }

        void clear() {
            Arrays.fill(bits, 0);
            taken = 0;
        }

        /** Puts its pages at a place of these arrays; the place behind them. */
        int list(long[] numbers, long[] ofPages, int place) {
            int next = place;
            for (long left = taken; left != 0; left &= left - 1) {
                int at = Long.numberOfTrailingZeros(left);
                numbers[next] = number << SHIFT | at;
                ofPages[next++] = bits[at];
            }
            return next;
        }
    }

    /** By a hash of their numbers; null is a free slot. */
    private Group[] groups = new Group[FIRST_CAPACITY];
    private int groupCount;
    /** What was found last, for it is often wanted again. */
    private Group last;

    /** Sets bits of a page, at least one. */
    void set(long page, long wanted) {
        group(page >>> Group.SHIFT).set(page, wanted);
    }

    /** Forgets all; groups that were of use since the last time are kept for the next. */
    void clear() {
        Group[] all = groups;
        groups = new Group[FIRST_CAPACITY];
        groupCount = 0;
        last = null;
        for (Group group : all) {
            if (group != null && group.count() != 0) {
                group.clear();
                add(group);
            }
        }
    }

    /** All pages with bits, ascending. */
    Footprint.Pages pages() {
        Group[] ascending = inOrder();
        int count = 0;
        for (Group group : ascending) {
            count += group.count();
        }
        long[] numbers = new long[count];
        long[] bits = new long[count];
        int place = 0;
        for (Group group : ascending) {
            place = group.list(numbers, bits, place);
        }
        return new Footprint.Pages(numbers, bits);
    }

    private Group[] inOrder() {
        Group[] ascending = new Group[groupCount];
        int place = 0;
        for (Group group : groups) {
            if (group != null) {
                ascending[place++] = group;
            }
        }
        Arrays.sort(ascending, (first, second) -> Long.compare(first.number, second.number));
        return ascending;
    }

    private Group group(long number) {
        if (last == null || last.number != number) {
            Group found = groups[slot(number)];
            last = found == null ? add(new Group(number)) : found;
        }
        return last;
    }

    private Group add(Group group) {
        if (2 * groupCount >= groups.length) {
            grow();
        }
        groups[slot(group.number)] = group;
        groupCount++;
        return group;
    }

    /** Where a group is, or would be. */
    private int slot(long number) {
        int mask = groups.length - 1;
        int slot = (int) (number * GOLDEN >>> 32) & mask;
        while (groups[slot] != null && groups[slot].number != number) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        Group[] old = groups;
        groups = new Group[2 * old.length];
        for (Group group : old) {
            if (group != null) {
                groups[slot(group.number)] = group;
            }
        }
    }
}
