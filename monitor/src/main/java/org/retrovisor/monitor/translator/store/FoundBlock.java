package org.retrovisor.monitor.translator.store;

import java.lang.foreign.MemorySegment;

/** A block in the file of a {@link TranslationStore}. Its code stays there until it is wanted: most blocks that are found are executed seldom. */
public final class FoundBlock {
    private final MemorySegment file;
    private final long at;

    FoundBlock(MemorySegment file, long at) {
        this.file = file;
        this.at = at;
    }

    /** Linear address of the block. */
    public long rip() {
        return StoreLayout.getLong(file, at + StoreLayout.RIP);
    }

    /** As {@link StoredBlock#guestBytes}. */
    public int guestBytes() {
        return StoreLayout.getInt(file, at + StoreLayout.GUEST_BYTES);
    }

    /** As {@link StoredBlock#blockBytes}. */
    public int blockBytes() {
        return StoreLayout.getInt(file, at + StoreLayout.BLOCK_BYTES);
    }

    /** As {@link StoredBlock#moments}. */
    public int moments() {
        return StoreLayout.getInt(file, at + StoreLayout.MOMENTS);
    }

    /** All of it; the code is not copied. */
    public StoredBlock read() {
        return StoreLayout.block(file, at);
    }
}
