package org.retrovisor.replay;

import java.util.Set;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;

/**
 * Contents of RAM at several moments, pages shared between those at which they are equal.
 *
 * <p>Taking a snapshot costs a note for each page written since the one before, and a copy of it once it is written again; going back costs
 * a copy of each page that differs. A snapshot is immutable; pages that no snapshot holds any more are the garbage collector's business.
 */
final class RamHistory {
    private static final int CHUNK = 512;
    private static final int PAGE = GuestMemory.PAGE;
    private static final int CHUNK_BYTES = CHUNK * 8 + 24;
    private static final byte[] ZERO = new byte[PAGE];

    private final Machine machine;
    private final GuestMemory memory;
    private final PageSlabs slabs;
    /** Saves pages of snapshots that RAM still holds, before they are written. */
    private final SavedPage.Writer leaving;

    private final byte[] buffer = new byte[PAGE];
    /** What RAM holds except in dirty frames: chunk, frame in chunk; null is a page or chunk of zeroes. */
    private SavedPage[][] base;

    /** RAM at one moment, and the bytes that it was the first to hold. */
    record Snapshot(SavedPage[][] chunks, long newBytes) {
        /** Whether RAM is the same. */
        boolean sameAs(Snapshot other) {
            byte[] mine = new byte[PAGE];
            for (int frame = 0; frame < chunks.length * CHUNK; frame++) {
                SavedPage here = page(chunks[frame / CHUNK], frame);
                SavedPage there = page(other.chunks[frame / CHUNK], frame);
                if (here != there) {
                    if (here == null || there == null) {
                        return false; // one of them is a page of zeroes
                    }
                    here.copyTo(mine);
                    if (!there.holds(mine)) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /** {@code slabs} is where its snapshots lie. */
    RamHistory(Machine machine, PageSlabs slabs) {
        this.machine = machine;
        this.slabs = slabs;
        this.leaving = new SavedPage.Writer(slabs);
        this.memory = machine.memory();
        this.base = new SavedPage[(memory.frameCount() + CHUNK - 1) / CHUNK][];
        memory.beforeFirstWrites(this::leaveRam);
    }

    private void leaveRam(int frame) {
        SavedPage page = page(base[frame / CHUNK], frame);
        if (page != null) {
            page.leaveRam(memory.hostOf(frame), leaving);
        }
    }

    /** RAM as it is now. */
    Snapshot take() {
        Overlay now = new Overlay(new Snapshot(base, 0), slabs);
        for (int frame : memory.dirtyFrames()) {
            now.leaveInRam(frame, memory.hostOf(frame));
        }
        Snapshot taken = now.snapshot();
        base = taken.chunks();
        machine.trackWrites();
        return taken;
    }

    /** The bytes that only this snapshot holds, of those that were not {@code seen}; adds them to these. */
    static long bytesOf(Snapshot snapshot, Set<Object> seen) {
        long bytes = snapshot.chunks().length * 8L;
        for (SavedPage[] chunk : snapshot.chunks()) {
            if (chunk != null && seen.add(chunk)) {
                bytes += CHUNK_BYTES;
                for (SavedPage page : chunk) {
                    bytes += page == null ? 0 : page.bytes(seen);
                }
            }
        }
        return bytes;
    }

    /** Makes RAM what it was. */
    void restore(Snapshot snapshot) {
        SavedPage[][] wanted = snapshot.chunks();
        int[] dirty = memory.dirtyFrames();
        int next = 0;
        for (int number = 0; number < wanted.length; number++) {
            next = restore(number * CHUNK, wanted[number], base[number], dirty, next);
        }
        base = wanted;
        machine.trackWrites();
    }

    /** The same for a chunk, whose dirty frames begin at {@code dirty[firstDirty]}; answers where those behind the chunk begin. */
    private int restore(int first, SavedPage[] wanted, SavedPage[] there, int[] dirty, int firstDirty) {
        int end = Math.min(first + CHUNK, memory.frameCount());
        int next = firstDirty;
        for (; next < dirty.length && dirty[next] < end; next++) {
            write(dirty[next], page(wanted, dirty[next]));
        }
        for (int frame = wanted == there ? end : first; frame < end; frame++) {
            boolean written = memory.isDirty(frame);
            if (!written && page(wanted, frame) != page(there, frame)) {
                write(frame, page(wanted, frame));
            }
        }
        return next;
    }

    private void write(int frame, SavedPage page) {
        if (page == null) {
            memory.write(memory.physicalOf(frame), ZERO);
        } else {
            page.copyTo(buffer);
            memory.write(memory.physicalOf(frame), buffer);
        }
    }

    /** Makes a snapshot of another one and pages that were written after it, the same page more than once if need be. */
    static final class Overlay {
        private final SavedPage[][] below;
        private final SavedPage[][] chunks;
        private final SavedPage.Writer writer;
        private long newBytes;

        /** Nothing yet; the bytes that the other one brought are counted again, for it may be nobody else's. */
        Overlay(Snapshot below, PageSlabs slabs) {
            this.writer = new SavedPage.Writer(slabs);
            this.below = below.chunks();
            this.chunks = this.below.clone();
            this.newBytes = below.newBytes() + chunks.length * 8L;
        }

        /** Copies a page, if it is another one than that below. */
        void put(int frame, byte[] page) {
            SavedPage old = RamHistory.page(chunks[frame / CHUNK], frame);
            boolean same = old == null ? SavedPage.isZero(page) : old.holds(page);
            if (!same) {
                replace(frame, page);
            }
        }

        /** Makes a page what it is XOR a difference, which it overwrites. */
        void putDifference(int frame, byte[] difference) {
            SavedPage old = RamHistory.page(chunks[frame / CHUNK], frame);
            if (old != null) {
                old.addTo(difference);
            }
            replace(frame, difference);
        }

        private void replace(int frame, byte[] page) {
            SavedPage old = RamHistory.page(chunks[frame / CHUNK], frame);
            boolean ours = old != null && old != RamHistory.page(below[frame / CHUNK], frame);
            if (SavedPage.isZero(page)) {
                set(frame, null);
            } else if (ours) { // nobody else knows it yet
                old.become(page);
            } else {
                set(frame, writer.save(page));
            }
        }

        /** A page that RAM holds at a host address, where it stays as long as it is not written. */
        void leaveInRam(int frame, long address) {
            boolean zero = SavedPage.isZero(address);
            set(frame, zero ? null : SavedPage.inRam(address));
            newBytes += zero ? 0 : SavedPage.pageBytes();
        }

        private void set(int frame, SavedPage page) {
            int number = frame / CHUNK;
            if (chunks[number] == below[number]) {
                chunks[number] = below[number] == null ? new SavedPage[CHUNK] : below[number].clone();
                newBytes += CHUNK_BYTES;
            }
            chunks[number][frame % CHUNK] = page;
        }

        Snapshot snapshot() {
            return new Snapshot(chunks, newBytes + writer.bytes());
        }
    }

    private static SavedPage page(SavedPage[] chunk, int frame) {
        return chunk == null ? null : chunk[frame % CHUNK];
    }
}
