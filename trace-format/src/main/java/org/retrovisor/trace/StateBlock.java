package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * The pages of one block of a machine state file ({@link StateLayout}), gathered and then compressed.
 *
 * <p>It takes four megabytes and the compressor's memory, so one serves all states that a recording writes, one after the other.
 */
public final class StateBlock implements AutoCloseable {
    /**
     * Of zstd; those below 0 are quicker. A recording competes with its guest for the processors: of a Linux kernel and its compressed image, 51
     * MB, level 1 makes 28 MB in 120 ms, this one 31 MB in 70.
     */
    private static final int COMPRESSION_LEVEL = -1;
    private static final int NUMBERS_BYTES = StateLayout.MAX_PAGES * Long.BYTES;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(COMPRESSION_LEVEL);
    private final long[] numbers = new long[StateLayout.MAX_PAGES];
    private final byte[] raw = new byte[StateLayout.MAX_RAW];
    /** All of it, in numbers of eight bytes: less for Java to compile than memory segments, while a guest begins. */
    private final LongBuffer rawWords = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    private final byte[] stored = new byte[(int) Zstd.compressBound(StateLayout.MAX_RAW)];
    private int count;

    /** Itself, without any pages that a writer left behind which did not finish. */
    StateBlock emptied() {
        count = 0;
        return this;
    }

    /** Adds a page, as {@link MachineStateWriter#page} has it; there must be room. */
    void add(long number, long[] page) {
        numbers[count] = number;
        rawWords.put(StateLayout.MAX_PAGES + count * StateLayout.WORDS, page, 0, StateLayout.WORDS);
        count++;
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == StateLayout.MAX_PAGES;
    }

    /** Compresses the pages, of which there are none afterwards; returns how many bytes of {@link #stored} they take. */
    int compress() {
        int numbersAt = NUMBERS_BYTES - count * Long.BYTES;
        rawWords.put(numbersAt / Long.BYTES, numbers, 0, count);
        int length = count * (Long.BYTES + StateLayout.PAGE);
        count = 0;
        return compressor.compressByteArray(stored, 0, stored.length, raw, numbersAt, length);
    }

    /** What was compressed last. */
    byte[] stored() {
        return stored;
    }

    /** Frees the compressor's memory. */
    @Override
    public void close() {
        compressor.close();
    }
}
