package org.retrovisor.monitor.processor;

/** A segment register with its hidden part. */
public final class Segment {
    public static final int ES = 0;
    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;
    public static final int LDTR = 6;
    public static final int TR = 7;
    /** How many there are, LDTR and TR included. */
    public static final int COUNT = 8;

    /** Attribute bit: present. */
    public static final int PRESENT = 0x80;
    /** Attribute bit: code or data, not a system descriptor. */
    public static final int CODE_OR_DATA = 0x10;
    /** Type bit: code. */
    public static final int EXECUTABLE = 0x08;
    /** Type bit: conforming code, or data that expands down. */
    public static final int CONFORMING = 0x04;
    /** Type bit: readable code, or writable data. */
    public static final int WRITABLE = 0x02;
    /** Type bit: accessed. */
    public static final int ACCESSED = 0x01;
    /** Attribute bit (flags nibble shifted to bits 12 to 15): 64-bit code. */
    public static final int LONG = 0x2000;
    /** Attribute bit: 32-bit default size. */
    public static final int BIG = 0x4000;
    /** Attribute bit: limit in pages. */
    public static final int GRANULAR = 0x8000;

    public int selector;
    public long base;
    /** In bytes, inclusive, already scaled by G. */
    public long limit;
    /** Descriptor bits 40 to 55: access byte in bits 0 to 7, AVL L D G in 12 to 15. */
    public int attributes;

    /** Descriptor privilege level. */
    public int dpl() {
        return attributes >> 5 & 3;
    }

    /** The type field, 0 to 15. */
    public int type() {
        return attributes & 15;
    }

    /** Whether all bits are set. */
    public boolean has(int bits) {
        return (attributes & bits) == bits;
    }

    /** Whether it may be read: data, or readable code. */
    public boolean isReadable() {
        return (attributes & (EXECUTABLE | WRITABLE)) != EXECUTABLE;
    }

    /** Whether it may be written: writable data. */
    public boolean isWritable() {
        return (attributes & (EXECUTABLE | WRITABLE)) == WRITABLE;
    }

    /** Whether an offset lies within the limit, for segments that expand down as well. */
    public boolean contains(long offset) {
        boolean expandDown = (attributes & (CODE_OR_DATA | EXECUTABLE | CONFORMING)) == (CODE_OR_DATA | CONFORMING);
        return expandDown
                ? offset > limit && offset <= (has(BIG) ? 0xFFFF_FFFFL : 0xFFFF)
                : offset <= limit;
    }

    /**
     * Whether {@code bytes} bytes from an offset lie within the limit. A segment of 4 GiB has no end: offsets wrap around.
     */
    public boolean contains(long offset, int bytes) {
        return limit == 0xFFFF_FFFFL && !has(CODE_OR_DATA | CONFORMING)
                || contains(offset) && contains(offset + bytes - 1);
    }

    /** Takes over everything from another register. */
    public void set(Segment from) {
        set(from.selector, from.base, from.limit, from.attributes);
    }

    /** Sets everything. */
    public void set(int newSelector, long newBase, long newLimit, int newAttributes) {
        selector = newSelector;
        base = newBase;
        limit = newLimit;
        attributes = newAttributes;
    }
}
