package org.retrovisor.monitor;

import java.util.Arrays;

/** 64 bits for each of some pages, by page number. Off and on in a few nanoseconds, without boxing. */
final class PageBits {
    private static final int FIRST_CAPACITY = 1 << 8;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    /** Page numbers plus 1; 0 is a free slot. A page number has at most 52 bits. */
    private long[] keys;
    private long[] bits;
    private int count;

    PageBits() {
        this(FIRST_CAPACITY);
    }

    private PageBits(int capacity) {
        keys = new long[capacity];
        bits = new long[capacity];
    }

    /** Sets bits of a page. */
    void set(long page, long wanted) {
        int slot = slot(page + 1);
        if (keys[slot] == 0) {
            if (2 * count >= keys.length) {
                grow();
                slot = slot(page + 1);
            }
            keys[slot] = page + 1;
            count++;
        }
        bits[slot] |= wanted;
    }

    void clear() {
        if (keys.length > FIRST_CAPACITY && 16 * count < keys.length) {
            keys = new long[keys.length / 2];
            bits = new long[keys.length];
        } else {
            Arrays.fill(keys, 0);
            Arrays.fill(bits, 0);
        }
        count = 0;
    }

    /** Numbers and bits of all pages in pairs, in no order, so that they take as little memory as they can. */
    long[] packed() {
        long[] packed = new long[2 * count];
        int at = 0;
        for (int slot = 0; slot < keys.length; slot++) {
            if (keys[slot] != 0) {
                packed[at++] = keys[slot] - 1;
                packed[at++] = bits[slot];
            }
        }
        return packed;
    }

    static PageBits unpacked(long[] packed) {
        int pages = packed.length / 2;
        PageBits all = new PageBits(Math.max(FIRST_CAPACITY, Integer.highestOneBit(2 * pages) << 1));
        for (int at = 0; at < packed.length; at += 2) {
            all.set(packed[at], packed[at + 1]);
        }
        return all;
    }

    /** The numbers of all pages with bits, ascending. */
    long[] pages() {
        long[] pages = new long[count];
        int at = 0;
        for (long key : keys) {
            if (key != 0) {
                pages[at++] = key - 1;
            }
        }
        Arrays.sort(pages);
        return pages;
    }

    /** The bits of a page, 0 for none. */
    long get(long page) {
        return bits[slot(page + 1)];
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = (int) (key * GOLDEN >>> 32) & mask;
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldBits = bits;
        keys = new long[2 * oldKeys.length];
        bits = new long[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                bits[slot] = oldBits[i];
            }
        }
    }
}
