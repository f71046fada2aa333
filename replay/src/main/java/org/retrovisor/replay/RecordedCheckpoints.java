package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.StoredCheckpoint;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.proto.BoundaryState;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.ProcessorState;

/**
 * The checkpoints that the recorder left in a trace, read when they are needed.
 *
 * <p>A stored checkpoint has the pages written since the one before it, so reading one means to read all before it, too:
 * about a second per GiB of pages. Each is then a {@link Checkpoint} like any other, which shares its pages.
 */
final class RecordedCheckpoints {
    private final List<StoredCheckpoint> stored;

    RecordedCheckpoints(Trace trace) {
        stored = trace.checkpoints();
    }

    /** The moment of the latest one at or before a moment; -1 when there is none. */
    long floor(long moment) {
        int found = indexOfFloor(moment);
        return found < 0 ? -1 : stored.get(found).moment();
    }

    /** Adds what the guest executed and touched between them, as far as they say so. */
    void addFootprints(IntervalIndex index, long beginning) {
        long low = beginning;
        for (StoredCheckpoint checkpoint : stored) {
            if (checkpoint.head().hasFootprint()) {
                index.addCoarse(
                        low, checkpoint.moment(), RecordedFootprint.decode(checkpoint.head().getFootprint()));
            }
            low = checkpoint.moment();
        }
    }

    private int indexOfFloor(long moment) {
        int found = -1;
        while (found + 1 < stored.size() && stored.get(found + 1).moment() <= moment) {
            found++;
        }
        return found;
    }

    /**
     * Reads the latest one at or before a moment.
     *
     * @param known a checkpoint that shares as many pages as possible with it: the beginning, or the same one or another
     *     stored one that stands before it
     * @throws org.retrovisor.trace.TraceException when a file of it is damaged
     */
    Checkpoint read(long moment, Checkpoint known) {
        int last = indexOfFloor(moment);
        int first = indexOfFloor(known.moment()) + 1;
        RamHistory.Overlay ram = new RamHistory.Overlay(known.ram());
        byte[] bytes = new byte[GuestMemory.PAGE];
        for (StoredCheckpoint part : stored.subList(first, last + 1)) {
            part.pages((frame, page) -> {
                MemorySegment.copy(page, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
                ram.put(Math.toIntExact(frame), bytes);
            });
        }
        MachineStateHead head = stored.get(last).head();
        return new Checkpoint(head.getMoment(), processors(head), ram.snapshot(), position(head));
    }

    private static List<Checkpoint.ProcessorPart> processors(MachineStateHead head) {
        List<Checkpoint.ProcessorPart> parts = new ArrayList<>();
        for (ProcessorState state : head.getProcessorsList()) {
            parts.add(new Checkpoint.ProcessorPart(state.getState().toByteArray(), state.getMidRepeat()));
        }
        return parts;
    }

    private static TraceBoundary.Position position(MachineStateHead head) {
        BoundaryState boundary = head.getBoundary();
        long timestamp = boundary.hasLastTimestamp() ? boundary.getLastTimestamp() : -1;
        return new TraceBoundary.Position(
                head.getNextEvent(), boundary.getOutwardDigest(), boundary.getConsolePort(), timestamp);
    }
}
