package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.retrovisor.monitor.memory.GuestMemory;

/**
 * The contents of a page of RAM at some moment. Immutable.
 *
 * <p>Pages lie in {@link PageSlabs} off the heap: on the heap the collector would copy every page once, which took longer
 * than saving it.
 */
final class SavedPage {
    private static final int PAGE = GuestMemory.PAGE;
    /** Bytes on the heap for a page, and for a slab with what gives it back. */
    private static final int PAGE_OBJECT = 24;

    private static final int SLAB_OBJECTS = 200;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final MemorySegment ZERO = MemorySegment.ofArray(new byte[PAGE]);

    private final PageSlabs.Slab slab;
    private final int offset;

    private SavedPage(PageSlabs.Slab slab, int offset) {
        this.slab = slab;
        this.offset = offset;
    }

    void copyTo(byte[] page) {
        MemorySegment.copy(slab.memory(), ValueLayout.JAVA_BYTE, offset, page, 0, PAGE);
        Reference.reachabilityFence(slab);
    }

    /** Adds it to other bytes by XOR. */
    void addTo(byte[] page) {
        MemorySegment memory = slab.memory();
        for (int i = 0; i < PAGE; i += Long.BYTES) {
            long sum = memory.get(ValueLayout.JAVA_LONG, offset + i) ^ (long) LONGS.get(page, i);
            LONGS.set(page, i, sum);
        }
        Reference.reachabilityFence(slab);
    }

    boolean holds(byte[] page) {
        long at = MemorySegment.mismatch(
                slab.memory(), offset, offset + PAGE, MemorySegment.ofArray(page), 0, PAGE);
        Reference.reachabilityFence(slab);
        return at < 0;
    }

    static boolean isZero(MemorySegment page) {
        return page.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) == 0 && page.mismatch(ZERO) < 0;
    }

    /** What it shares with others and is freed with. */
    Object slab() {
        return slab;
    }

    /** What a slab takes, the objects of all its pages included. */
    static long slabBytes() {
        return PageSlabs.BYTES + SLAB_OBJECTS + (long) PageSlabs.PAGES * PAGE_OBJECT;
    }

    /** Saves pages that belong together. */
    static final class Writer {
        private final PageSlabs slabs;
        private PageSlabs.Slab slab;
        private int used;
        private long bytes;

        Writer(PageSlabs slabs) {
            this.slabs = slabs;
        }

        SavedPage save(MemorySegment page) {
            SavedPage saved = next();
            MemorySegment.copy(page, 0, slab.memory(), saved.offset, PAGE);
            return saved;
        }

        private SavedPage next() {
            if (slab == null || used == PageSlabs.BYTES) {
                slab = slabs.take();
                used = 0;
                bytes += slabBytes();
            }
            SavedPage saved = new SavedPage(slab, used);
            used += PAGE;
            return saved;
        }

        /** All that was taken for them, from above. */
        long bytes() {
            return bytes;
        }
    }
}
