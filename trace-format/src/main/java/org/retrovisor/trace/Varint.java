package org.retrovisor.trace;

/** Numbers in groups of seven bits, lowest first; the high bit of a byte says that another follows. */
final class Varint {

    private Varint() {}

    /** Writes {@code value} as an unsigned number at {@code at}; returns the index behind it. */
    static int write(byte[] to, int at, long value) {
        int i = at;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            to[i++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        to[i++] = (byte) rest;
        return i;
    }

    /** Small numbers of either sign to small unsigned ones: 0, -1, 1, -2 to 0, 1, 2, 3. */
    static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    static long unzigzag(long value) {
        return (value >>> 1) ^ -(value & 1);
    }

    /** Reads one column; a number that runs past its end is the caller's corrupt batch. */
    static final class Column {
        private final byte[] bytes;
        private final int end;
        private int at;

        Column(byte[] bytes, int from, int length) {
            this.bytes = bytes;
            this.at = from;
            this.end = from + length;
        }

        long next() {
            long value = 0;
            for (int shift = 0; shift < 70; shift += 7) {
                if (at >= end) {
                    throw TraceException.corrupt("a number runs past the end of its column");
                }
                byte b = bytes[at++];
                value |= (b & 0x7FL) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            throw TraceException.corrupt("a number has more than 64 bits");
        }

        /** Skips {@code length} bytes and returns the index where they start. */
        int skip(int length) {
            int start = at;
            if (length < 0 || length > end - at) {
                throw TraceException.corrupt("a payload runs past the end of its column");
            }
            at += length;
            return start;
        }

        boolean isConsumed() {
            return at == end;
        }
    }
}
