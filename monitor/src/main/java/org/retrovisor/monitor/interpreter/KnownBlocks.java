package org.retrovisor.monitor.interpreter;

/** What another engine knows of blocks that nobody has decoded yet. */
@FunctionalInterface
public interface KnownBlocks {
    /** Knows nothing. */
    KnownBlocks NONE = (linear, host, available) -> null;

    /**
     * A block.
     *
     * @param bytes its length
     * @param extent how many bytes from its start on its translation was made of
     * @param translation what the other engine will make of it, see {@link Block#translation}
     */
    record Known(int bytes, int extent, Object translation) {}

    /**
     * The block of 64-bit code at a linear address, exactly as decoding it would find it, or null.
     *
     * @param host where the guest's bytes at that address stand
     * @param available how many of them there are up to the end of the page
     */
    Known at(long linear, long host, int available);
}
