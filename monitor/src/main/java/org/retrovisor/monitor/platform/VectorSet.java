package org.retrovisor.monitor.platform;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** A set of interrupt vectors 0 to 255: one of the local APIC's 256-bit registers IRR, ISR and TMR. */
final class VectorSet {
    /** The highest vector of an empty set. */
    static final int NONE = -1;

    private final long[] words = new long[4];

    void add(int vector) {
        words[vector >> 6] |= 1L << vector;
    }

    void remove(int vector) {
        words[vector >> 6] &= ~(1L << vector);
    }

    boolean contains(int vector) {
        return (words[vector >> 6] >>> vector & 1) != 0;
    }

    /** The highest vector, {@link #NONE} when the set is empty. */
    int highest() {
        for (int word = 3; word >= 0; word--) {
            if (words[word] != 0) {
                return word * 64 + 63 - Long.numberOfLeadingZeros(words[word]);
            }
        }
        return NONE;
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    /** Vectors {@code 32 * part} to {@code 32 * part + 31} as a bit mask, as the APIC's register window shows them. */
    long part(int part) {
        return words[part >> 1] >>> (32 * (part & 1)) & 0xFFFF_FFFFL;
    }

    void save(DataOutput out) throws IOException {
        for (long word : words) {
            out.writeLong(word);
        }
    }

    void restore(DataInput in) throws IOException {
        for (int word = 0; word < words.length; word++) {
            words[word] = in.readLong();
        }
    }
}
