package org.retrovisor.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongConsumer;
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
 * about a second per GiB of pages, once as long as the budget suffices. On a long way only one in {@link #STRETCH} is kept, for each takes memory for all
 * that was written since the one before; who wants another later reads less than as many again. Each is then a {@link Checkpoint} like any other, which
 * shares its pages.
 */
final class RecordedCheckpoints {
    private static final int STRETCH = 8;

    private final List<StoredCheckpoint> stored;
    /** RAM of those that were read, as long as the budget suffices: a search backward wants one after the other. */
    private final RamHistory.Snapshot[] read;

    private final long budget;
    private final PageSlabs slabs;
    private long bytes;
    private LongConsumer listener = moment -> {};

    /** {@code budget} is in bytes; {@code slabs} is where what is read lies. */
    RecordedCheckpoints(Trace trace, long budget, PageSlabs slabs) {
        this.slabs = slabs;
        stored = trace.checkpoints();
        read = new RamHistory.Snapshot[stored.size()];
        this.budget = budget;
    }

    /** Is told of the moment of each one that was read. */
    void listener(LongConsumer told) {
        listener = told;
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
            RecordedFootprint.addAll(checkpoint.head(), low, index);
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
     * Reads the latest one at or before a moment, which must exist.
     *
     * @param beginning RAM at the beginning, which it shares pages with
     * @throws org.retrovisor.trace.TraceException when a file of it is damaged
     */
    Checkpoint read(long moment, RamHistory.Snapshot beginning) {
        int last = indexOfFloor(moment);
        int known = last;
        while (known >= 0 && read[known] == null) { // the latest that is still there
            known--;
        }
        RamHistory.Snapshot ram = known < 0 ? beginning : read[known];
        for (int from = known + 1, to; from <= last; from = to + 1) {
            to = last - known <= STRETCH ? from : Math.min(last, from | STRETCH - 1);
            long before = ram.newBytes();
            ram = laidOver(ram, from, to);
            bytes += ram.newBytes() - before;
            read[to] = ram;
        }
        if (bytes > budget) {
            Arrays.fill(read, null);
            read[last] = ram;
            bytes = RamHistory.bytesOf(ram, Collections.newSetFromMap(new IdentityHashMap<>()));
        }
        MachineStateHead head = stored.get(last).head();
        return new Checkpoint(head.getMoment(), processors(head), ram, position(head));
    }

    /** RAM at a checkpoint: its pages and those of some before it, from {@code from} on, over RAM before them. */
    private RamHistory.Snapshot laidOver(RamHistory.Snapshot before, int from, int to) {
        RamHistory.Overlay ram = new RamHistory.Overlay(before, slabs);
        for (StoredCheckpoint checkpoint : stored.subList(from, to + 1)) {
            layOver(ram, checkpoint);
            listener.accept(checkpoint.moment());
        }
        return ram.snapshot();
    }

    private static void layOver(RamHistory.Overlay ram, StoredCheckpoint checkpoint) {
        byte[] bytes = new byte[GuestMemory.PAGE];
        checkpoint.pages((frame, page, difference) -> {
            MemorySegment.copy(page, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
            if (difference) {
                ram.putDifference(Math.toIntExact(frame), bytes);
            } else {
                ram.put(Math.toIntExact(frame), bytes);
            }
        });
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
