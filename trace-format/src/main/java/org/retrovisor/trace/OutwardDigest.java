package org.retrovisor.trace;

/**
 * A rolling digest of what a guest asks of, and writes to, the world outside: order, place, size and value.
 *
 * <p>Recorder and replayer feed it alike; where their values differ, the replay has left the recorded path. It guards
 * against mistakes, not against forgery.
 */
public final class OutwardDigest {
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private long value;

    /** The guest reads {@code size} bytes at an address of a space. */
    public void read(int space, long address, int size) {
        mix(address);
        mix((long) space << 8 | size);
    }

    /** The guest writes {@code size} bytes at an address of a space. */
    public void write(int space, long address, int size, long written) {
        mix(address);
        mix(1L << 32 | (long) space << 8 | size);
        mix(written);
    }

    /** The digest of everything so far. */
    public long value() {
        return value;
    }

    /** Goes back to a value that {@link #value} gave. */
    public void set(long earlier) {
        value = earlier;
    }

    private void mix(long input) {
        long x = (value ^ input) * MULTIPLIER;
        value = x ^ x >>> 29;
    }
}
