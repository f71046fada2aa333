package org.retrovisor.recorder;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.trace.MachineStateWriter;

/** The pages of RAM that were written since a moment: copies that stay as they are, or the machine's own. */
final class DirtyPages {
    private static final int PAGE = GuestMemory.PAGE;
    /** Copies are made in pieces of this many pages. */
    private static final int PIECE = 256;

    private final int[] frames;
    private final List<byte[]> pieces;
    private final GuestMemory memory;

    private DirtyPages(int[] frames, List<byte[]> pieces, GuestMemory memory) {
        this.frames = frames;
        this.pieces = pieces;
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
        return new DirtyPages(frames, null, memory);
    }

    /** The same, to be kept while the machine goes on: copies the pages. */
    DirtyPages copy() {
        List<byte[]> copies = new ArrayList<>();
        for (int at = 0; at < frames.length; at++) {
            if (at % PIECE == 0) {
                copies.add(new byte[Math.min(PIECE, frames.length - at) * PAGE]);
            }
            HostMemory.read(memory.hostOf(frames[at]), copies.getLast(), at % PIECE * PAGE, PAGE);
        }
        return new DirtyPages(frames, copies, null);
    }

    /** Bytes of RAM. */
    long bytes() {
        return (long) frames.length * PAGE;
    }

    void writeTo(MachineStateWriter writer) {
        byte[] page = new byte[PAGE];
        for (int at = 0; at < frames.length; at++) {
            if (pieces == null) {
                HostMemory.read(memory.hostOf(frames[at]), page, 0, PAGE);
                writer.page(frames[at], MemorySegment.ofArray(page));
            } else {
                writer.page(frames[at], MemorySegment.ofArray(pieces.get(at / PIECE)).asSlice(
                        (long) (at % PIECE) * PAGE, PAGE));
            }
        }
    }
}
