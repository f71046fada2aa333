package org.retrovisor.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.retrovisor.monitor.memory.GuestMemory;

/**
 * The contents of a page of RAM at some moment. Immutable.
 *
 * <p>Pages lie in slabs off the heap, which the collector frees when it has found none of their pages in use any more: on the heap it would copy
 * every page once, which took longer than saving it.
 */
final class SavedPage {
    private static final int PAGE = GuestMemory.PAGE;
    /** Bytes on the heap for a page, and for a slab with what frees it. */
    private static final int PAGE_OBJECT = 24;

    private static final int SLAB_OBJECTS = 200;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final MemorySegment ZERO = MemorySegment.ofArray(new byte[PAGE]);

    private final MemorySegment slab;
    private final int offset;

    private SavedPage(MemorySegment slab, int offset) {
        this.slab = slab;
        this.offset = offset;
    }

    void copyTo(byte[] page) {
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, page, 0, PAGE);
    }

    /** Adds it to other bytes by XOR. */
    void addTo(byte[] page) {
        for (int i = 0; i < PAGE; i += Long.BYTES) {
            long sum = slab.get(ValueLayout.JAVA_LONG, offset + i) ^ (long) LONGS.get(page, i);
            LONGS.set(page, i, sum);
        }
    }

    boolean holds(byte[] page) {
        return MemorySegment.mismatch(slab, offset, offset + PAGE, MemorySegment.ofArray(page), 0, PAGE) < 0;
    }

    static boolean isZero(byte[] page) {
        return MemorySegment.ofArray(page).mismatch(ZERO) < 0;
    }

    /** What it shares with others and is freed with. */
    Object slab() {
        return slab;
    }

    long slabBytes() {
        return slab.byteSize() + SLAB_OBJECTS + slab.byteSize() / PAGE * PAGE_OBJECT;
    }

    /** Saves pages that belong together. */
    static final class Writer {
        private static final int FEWEST = 8;
        private static final int MOST = 64;

        private MemorySegment slab;
        private long used;
        private long bytes;

        SavedPage save(byte[] page) {
            if (slab == null || used == slab.byteSize()) {
                long pages = slab == null ? FEWEST : Math.min(MOST, 2 * slab.byteSize() / PAGE);
                slab = Arena.ofAuto().allocate(pages * PAGE, Long.BYTES);
                used = 0;
                bytes += slab.byteSize() + SLAB_OBJECTS + pages * PAGE_OBJECT;
            }
            SavedPage saved = new SavedPage(slab, (int) used);
            MemorySegment.copy(page, 0, slab, ValueLayout.JAVA_BYTE, used, PAGE);
            used += PAGE;
            return saved;
        }

        /** All that was taken for them, from above. */
        long bytes() {
            return bytes;
        }
    }
}
