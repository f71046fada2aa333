package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.Set;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * The contents of a page of RAM at some moment. Immutable to those who are given it, on any thread.
 *
 * <p>Its bytes stay in the guest's RAM as long as nothing is written there; most never have to be copied. Whoever is about to write
 * there calls {@link #leaveRam} first. Then they lie in {@link PageSlabs} off the heap: on the heap the collector would copy every page
 * once, which took longer than saving it.
 */
final class SavedPage {
    private static final int PAGE = GuestMemory.PAGE;
    /** Bytes on the heap for a page, and for a slab with what gives it back. */
    private static final int PAGE_OBJECT = 24;

    private static final int SLAB_OBJECTS = 200;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final MemorySegment ZERO = MemorySegment.ofArray(new byte[PAGE]);

    /** Where its bytes lie on the host. */
    private long address;
    /** What they lie in; null as long as that is the guest's RAM. */
    private PageSlabs.Slab slab;

    private SavedPage(long address, PageSlabs.Slab slab) {
        this.address = address;
        this.slab = slab;
    }

    /** What the guest's RAM holds at a host address, which must tell before it is written or given back. */
    static SavedPage inRam(long address) {
        return new SavedPage(address, null);
    }

    /** Copies it away if it lies at this address of the guest's RAM, which is about to be written. */
    synchronized void leaveRam(long from, Writer writer) {
        if (slab == null && address == from) {
            SavedPage saved = writer.save(from);
            slab = saved.slab;
            address = saved.address;
        }
    }

    /** Holds other bytes from now on: only for who made it in a slab, and has shown it to nobody. */
    void become(byte[] page) {
        HostMemory.write(address, page, 0, PAGE);
    }

    synchronized void copyTo(byte[] page) {
        HostMemory.read(address, page, 0, PAGE);
        Reference.reachabilityFence(slab);
    }

    /** Adds it to other bytes by XOR. */
    synchronized void addTo(byte[] page) {
        for (int i = 0; i < PAGE; i += Long.BYTES) {
            LONGS.set(page, i, HostMemory.get64(address + i) ^ (long) LONGS.get(page, i));
        }
        Reference.reachabilityFence(slab);
    }

    synchronized boolean holds(byte[] page) {
        boolean same = bytesAt(address).mismatch(MemorySegment.ofArray(page)) < 0;
        Reference.reachabilityFence(slab);
        return same;
    }

    static boolean isZero(byte[] page) {
        return isZero(MemorySegment.ofArray(page), (long) LONGS.get(page, 0));
    }

    /** Whether there is a page of zeroes at a host address. */
    static boolean isZero(long address) {
        return isZero(bytesAt(address), HostMemory.get64(address));
    }

    private static boolean isZero(MemorySegment page, long first) {
        return first == 0 && page.mismatch(ZERO) < 0;
    }

    private static MemorySegment bytesAt(long address) {
        return MemorySegment.ofAddress(address).reinterpret(PAGE);
    }

    /** The bytes that it takes, or will take once it has left RAM, of those that were not {@code seen}; adds them to these. */
    synchronized long bytes(Set<Object> seen) {
        if (slab == null) {
            return seen.add(this) ? pageBytes() : 0;
        }
        return seen.add(slab) ? slabBytes() : 0;
    }

    /** What a page in RAM will take. */
    static long pageBytes() {
        return PAGE + PAGE_OBJECT;
    }

    /** What a slab takes, the objects of all its pages included. */
    static long slabBytes() {
        return PageSlabs.BYTES + SLAB_OBJECTS + (long) PageSlabs.PAGES * PAGE_OBJECT;
    }

    /** Saves pages that belong together. One thread. */
    static final class Writer {
        private final PageSlabs slabs;
        private PageSlabs.Slab slab;
        private int used;
        private long bytes;

        Writer(PageSlabs slabs) {
            this.slabs = slabs;
        }

        SavedPage save(byte[] page) {
            SavedPage saved = next();
            HostMemory.write(saved.address, page, 0, PAGE);
            return saved;
        }

        private SavedPage save(long from) {
            SavedPage saved = next();
            HostMemory.copy(from, saved.address, PAGE);
            return saved;
        }

        private SavedPage next() {
            if (slab == null || used == PageSlabs.BYTES) {
                slab = slabs.take();
                used = 0;
                bytes += slabBytes();
            }
            SavedPage saved = new SavedPage(slab.memory().address() + used, slab);
            used += PAGE;
            return saved;
        }

        /** All that was taken for them, from above. */
        long bytes() {
            return bytes;
        }
    }
}
