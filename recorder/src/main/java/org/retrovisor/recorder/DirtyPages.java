package org.retrovisor.recorder;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.trace.MachineStateWriter;

/**
 * The pages of RAM that were written since a moment, as they are now, while the machine goes on.
 *
 * <p>They stay in RAM. One thread reads them in order; the machine's calls {@link #beforeWrite} before it writes to one, which
 * is copied away if the other has not come to it yet: few are. Memory for copies is bounded; beyond that the machine waits for the other thread.
 */
final class DirtyPages implements AutoCloseable {
    private static final int PAGE = GuestMemory.PAGE;

    private final GuestMemory memory;
    /** In ascending order. */
    private final int[] frames;
    /** The same as a set, for most that are written while these are read are others. */
    private final BitSet listed;
    /** Host addresses of copies; 0 where RAM still holds the page. */
    private final long[] copies;

    private final PageCopies room;
    private final long mostBytes;
    private long bytes;
    /** How many were read; of those nothing is needed any more. */
    private int read;

    /**
     * All that is dirty; between two instructions.
     *
     * @param room for copies, of which nobody else has any
     * @param mostBytes of copies
     */
    DirtyPages(GuestMemory memory, PageCopies room, long mostBytes) {
        this.memory = memory;
        this.room = room;
        this.mostBytes = mostBytes;
        frames = memory.dirtyFrames();
        copies = new long[frames.length];
        listed = new BitSet(memory.frameCount());
        for (int frame : frames) {
            listed.set(frame);
        }
    }

    /** For the machine's thread, before the first write to a frame since these became dirty. */
    void beforeWrite(int frame) {
        if (listed.get(frame)) {
            keep(frame);
        }
    }

    private synchronized void keep(int frame) {
        int at = Arrays.binarySearch(frames, frame);
        while (at >= read && bytes >= mostBytes) {
            awaitReader();
        }
        if (at >= read && copies[at] == 0) {
            copies[at] = room.copy(memory.hostOf(frame));
            bytes += PAGE;
        }
    }

    private void awaitReader() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            bytes = 0; // who interrupts does not want to wait: room is made for as many again
        }
    }

    int[] frames() {
        return frames;
    }

    /** Writes all of them, and makes them known, if there is room for them. */
    void writeTo(MachineStateWriter writer, KnownPages known) {
        long[] page = new long[PAGE / Long.BYTES];
        MemorySegment bytesOfPage = MemorySegment.ofArray(page);
        for (int at = 0; at < frames.length; at++) {
            read(at, page);
            known.note(frames[at], page);
            writer.page(frames[at], bytesOfPage);
        }
    }

    /** Writes what differs from known pages, and makes these known. */
    void writeDifferencesTo(MachineStateWriter writer, KnownPages known) {
        long[] page = new long[PAGE / Long.BYTES];
        MemorySegment bytesOfPage = MemorySegment.ofArray(page);
        for (int at = 0; at < frames.length; at++) {
            read(at, page);
            switch (known.subtract(frames[at], page)) {
                case NONE -> {}
                case DIFFERENCE -> writer.difference(frames[at], bytesOfPage);
                case PAGE -> writer.page(frames[at], bytesOfPage);
            }
        }
    }

    /** Reads one of them, all in order. */
    synchronized void read(int at, long[] page) {
        long from = copies[at] == 0 ? memory.hostOf(frames[at]) : copies[at];
        HostMemory.read(from, page);
        read = at + 1;
        notifyAll();
    }

    /** Nobody needs the pages any more. */
    @Override
    public synchronized void close() {
        read = frames.length;
        notifyAll();
        room.forget();
    }
}
