package org.retrovisor.recorder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.trace.MachineStateWriter;

/** The pages of RAM that were written since a moment: copies that stay as they are, or the machine's own. */
final class DirtyPages implements AutoCloseable {
    private static final int PAGE = GuestMemory.PAGE;

    private final int[] frames;
    private final GuestMemory memory;
    private final Arena arena = Arena.ofShared();
    /** Null while they are the machine's own. */
    private MemorySegment copies;

    private DirtyPages(int[] frames, GuestMemory memory) {
        this.frames = frames;
        this.memory = memory;
    }

    /** How many there are now. */
    static int count(GuestMemory memory) {
        int count = 0;
        for (int frame = memory.nextDirty(0); frame < memory.frameCount(); frame = memory.nextDirty(frame + 1)) {
            count++;
        }
        return count;
    }

    /** The pages as they are now and will be: valid as long as the machine does not run. */
    static DirtyPages live(GuestMemory memory) {
        int[] frames = new int[count(memory)];
        int next = 0;
        for (int i = 0; i < frames.length; i++) {
            frames[i] = memory.nextDirty(next);
            next = frames[i] + 1;
        }
        return new DirtyPages(frames, memory);
    }

    /** Copies the pages, so that they can be kept while the machine goes on. */
    void copy() {
        copies = arena.allocate(Math.max(1, bytes()), Long.BYTES);
        for (int at = 0; at < frames.length; at++) {
            HostMemory.copy(memory.hostOf(frames[at]), copies.address() + (long) at * PAGE, PAGE);
        }
    }

    /** Bytes of RAM. */
    long bytes() {
        return (long) frames.length * PAGE;
    }

    int[] frames() {
        return frames;
    }

    /** Writes all of them. */
    void writeTo(MachineStateWriter writer) {
        long[] page = new long[PAGE / Long.BYTES];
        for (int at = 0; at < frames.length; at++) {
            read(at, page);
            writer.page(frames[at], MemorySegment.ofArray(page));
        }
    }

    /** Writes what differs from known pages, and makes these known. */
    void writeDifferencesTo(MachineStateWriter writer, KnownPages known) {
        long[] page = new long[PAGE / Long.BYTES];
        for (int at = 0; at < frames.length; at++) {
            read(at, page);
            switch (known.subtract(frames[at], page)) {
                case NONE -> {}
                case DIFFERENCE -> writer.difference(frames[at], MemorySegment.ofArray(page));
                case PAGE -> writer.page(frames[at], MemorySegment.ofArray(page));
            }
        }
    }

    private void read(int at, long[] page) {
        if (copies == null) {
            for (int i = 0; i < page.length; i++) {
                page[i] = HostMemory.get64(memory.hostOf(frames[at]) + (long) i * Long.BYTES);
            }
        } else {
            MemorySegment.copy(copies, ValueLayout.JAVA_LONG, (long) at * PAGE, page, 0, page.length);
        }
    }

    /** Frees the copies. */
    @Override
    public void close() {
        arena.close();
    }
}
