package org.retrovisor.monitor.translator;

import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Java's copy of a stretch of the {@link StateBlock}: fields are put into an array, which is copied to the block as a whole, and got from it after
 * the block was copied back.
 *
 * <p>Each access to memory outside of the heap is a chain of a dozen methods to Java's compilers, which need a tenth of a second for a method
 * with fifty of them, just when a guest has started. To copy half a kilobyte costs about as much as two of them.
 */
final class StateWindow {
    private final long address;
    private final int first;
    private final long[] words;

    /** The window of a segment whose first byte is at an offset from the block's origin. */
    StateWindow(MemorySegment there, int first) {
        address = there.address();
        this.first = first;
        words = new long[(int) (there.byteSize() / Long.BYTES)];
    }

    /** Puts a field of 8 bytes. */
    void put(int offset, long value) {
        words[offset - first >> 3] = value;
    }

    /** Puts two fields of 4 bytes, or what shares their 8 bytes. */
    void put(int offset, int low, int high) {
        put(offset, low & 0xFFFF_FFFFL | (long) high << Integer.SIZE);
    }

    /** Puts fields of 8 bytes from the beginning of an array. */
    void put(int offset, long[] values, int count) {
        System.arraycopy(values, 0, words, offset - first >> 3, count);
    }

    /** A field of 8 bytes. */
    long get(int offset) {
        return words[offset - first >> 3];
    }

    /** A field of 4 bytes. */
    int get32(int offset) {
        return (int) (get(offset) >>> ((offset & 4) << 3));
    }

    /** Gets fields of 8 bytes into the beginning of an array. */
    void get(int offset, long[] values, int count) {
        System.arraycopy(words, offset - first >> 3, values, 0, count);
    }

    /** Copies all that was put to where generated code finds it. */
    void send() {
        HostMemory.write(address, words);
    }

    /** Copies all that generated code has left there. */
    void fetch() {
        HostMemory.read(address, words);
    }
}
