package org.retrovisor.replay;

import java.util.Arrays;
import java.util.Set;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * Contents of RAM at several moments, pages shared between those at which they are equal.
 *
 * <p>Taking a snapshot costs a copy of each page written since the one before, going back a copy of each page that
 * differs. A snapshot is immutable; pages that no snapshot holds any more are the garbage collector's business.
 */
final class RamHistory {
    private static final int CHUNK = 512;
    private static final int PAGE = GuestMemory.PAGE;
    private static final byte[] ZERO = new byte[PAGE];
    /** What a page costs on the heap, and a chunk, with their headers. */
    private static final int PAGE_BYTES = PAGE + 24;

    private static final int CHUNK_BYTES = CHUNK * 8 + 24;

    private final Machine machine;
    private final GuestMemory memory;
    /** What RAM holds except in dirty frames: chunk, frame in chunk; null is a page or chunk of zeroes. */
    private byte[][][] base;

    /** RAM at one moment, and the bytes on the heap that it was the first to hold. */
    record Snapshot(byte[][][] chunks, long newBytes) {}

    RamHistory(Machine machine) {
        this.machine = machine;
        this.memory = machine.memory();
        this.base = new byte[(memory.frameCount() + CHUNK - 1) / CHUNK][][];
    }

    /** RAM as it is now. */
    Snapshot take() {
        byte[][][] chunks = base.clone();
        long newBytes = chunks.length * 8L;
        for (int frame = 0; frame < memory.frameCount(); frame++) {
            if ((memory.flags(frame) & GuestMemory.DIRTY) != 0) {
                int number = frame / CHUNK;
                if (chunks[number] == base[number]) {
                    chunks[number] = base[number] == null ? new byte[CHUNK][] : base[number].clone();
                    newBytes += CHUNK_BYTES;
                }
                chunks[number][frame % CHUNK] = copy(frame);
                newBytes += PAGE_BYTES;
            }
        }
        base = chunks;
        machine.trackWrites();
        return new Snapshot(chunks, newBytes);
    }

    /** The bytes on the heap that only this snapshot holds, of those that were not {@code seen}; adds them to these. */
    static long bytesOf(Snapshot snapshot, Set<Object> seen) {
        long bytes = snapshot.chunks().length * 8L;
        for (byte[][] chunk : snapshot.chunks()) {
            if (chunk != null && seen.add(chunk)) {
                bytes += CHUNK_BYTES;
                for (byte[] page : chunk) {
                    bytes += page != null && seen.add(page) ? PAGE_BYTES : 0;
                }
            }
        }
        return bytes;
    }

    private byte[] copy(int frame) {
        byte[] page = new byte[PAGE];
        HostMemory.read(memory.hostOf(frame), page, 0, PAGE);
        return Arrays.equals(page, ZERO) ? null : page;
    }

    /** Makes RAM what it was. */
    void restore(Snapshot snapshot) {
        byte[][][] wanted = snapshot.chunks();
        for (int frame = 0; frame < memory.frameCount(); frame++) {
            int number = frame / CHUNK;
            boolean dirty = (memory.flags(frame) & GuestMemory.DIRTY) != 0;
            if (dirty || wanted[number] != base[number]) {
                byte[] page = page(wanted[number], frame);
                if (dirty || page != page(base[number], frame)) {
                    memory.write(memory.physicalOf(frame), page == null ? ZERO : page);
                }
            }
        }
        base = wanted;
        machine.trackWrites();
    }

    /** Makes a snapshot of another one and pages that were written after it. */
    static final class Overlay {
        private final byte[][][] below;
        private final byte[][][] chunks;
        private long newBytes;

        /** Nothing yet; the bytes that the other one brought are counted again, for it may be nobody else's. */
        Overlay(Snapshot below) {
            this.below = below.chunks();
            this.chunks = this.below.clone();
            this.newBytes = below.newBytes() + chunks.length * 8L;
        }

        /** Copies a page. */
        void put(int frame, byte[] page) {
            int number = frame / CHUNK;
            if (chunks[number] == below[number]) {
                chunks[number] = below[number] == null ? new byte[CHUNK][] : below[number].clone();
                newBytes += CHUNK_BYTES;
            }
            byte[] old = chunks[number][frame % CHUNK];
            if (!Arrays.equals(page, old == null ? ZERO : old)) {
                chunks[number][frame % CHUNK] = Arrays.equals(page, ZERO) ? null : page.clone();
                newBytes += PAGE_BYTES;
            }
        }

        Snapshot snapshot() {
            return new Snapshot(chunks, newBytes);
        }
    }

    private static byte[] page(byte[][] chunk, int frame) {
        return chunk == null ? null : chunk[frame % CHUNK];
    }
}
