package org.retrovisor.recorder;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.Footprint;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.HostLibrary;
import org.retrovisor.trace.CheckpointFolder;
import org.retrovisor.trace.MachineStateWriter;
import org.retrovisor.trace.proto.Interval;
import org.retrovisor.trace.proto.MachineStateHead;

/**
 * Leaves checkpoints in a trace while it is recorded, so that whoever opens it need not execute all of it.
 *
 * <p>The recording stands still while it is noted which pages were written since the checkpoint before; reading, compressing and writing
 * them is another thread's business, and those that the guest writes meanwhile are copied before. {@link CheckpointPolicy} says when.
 * Checkpoints are a convenience: when one cannot be written there will be no more of them, and the recording goes on.
 */
final class CheckpointRecorder implements AutoCloseable {
    /**
     * The other thread gives way to the guest and to Java's compiler, which a guest that starts needs both. But not altogether: while it is at one
     * checkpoint there is no other, and with 10 the compiler kept it at the first one for half of a boot.
     */
    private static final int NICE = 4;

    /** When more than this has to be copied, the guest waits for the other thread. */
    private static final long MOST_COPIED = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    private final Machine machine;
    private final CheckpointFolder folder;
    private final CheckpointPolicy policy;
    private final LongSupplier nanoTime;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().daemon().name("checkpoints").unstarted(() -> {
                HostLibrary.setNice(NICE);
                task.run();
            }));
    private CompletableFuture<Long> writing = CompletableFuture.completedFuture(0L);
    /** What the other thread is at, or was at last. */
    private DirtyPages pages;
    /** What RAM was at the last checkpoint; for the other thread as long as that is at work. */
    private final KnownPages known;
    /** What was executed and touched since the last checkpoint. */
    private List<Noted> intervals = new ArrayList<>();
    private long intervalBegin;
    private long intervalEnd;
    private int count;
    private long lastMoment = -1;
    private boolean failed;

    /** An interval of the index, to be encoded on the other thread. */
    private record Noted(long endMoment, Footprint footprint) {
        Interval encoded() {
            return Interval.newBuilder()
                    .setEndMoment(endMoment)
                    .setFootprint(Footprints.encode(footprint))
                    .build();
        }
    }

    /** What a trace knows of a moment besides the machine itself. */
    @FunctionalInterface
    interface Surroundings {
        void addTo(MachineStateHead.Builder head);
    }

    /** The machine is now as the initial state of the trace says. */
    CheckpointRecorder(Machine machine, CheckpointFolder folder, LongSupplier nanoTime, CheckpointPolicy policy) {
        this.machine = machine;
        this.folder = folder;
        this.nanoTime = nanoTime;
        this.policy = policy;
        known = new KnownPages(machine.memory(), KnownPages.MOST_BYTES);
        machine.memory().beforeFirstWrites(this::beforeFirstWrite);
        machine.trackWrites();
        machine.footprint().start();
        intervalBegin = machine.moment();
        intervalEnd = policy.intervalEnd(intervalBegin);
    }

    /** To be called now and then when the machine stands between two instructions and all has arrived that was due. */
    void settled(Surroundings surroundings) {
        long moment = machine.moment();
        if (moment >= intervalEnd && !failed) {
            endInterval(); // takes less than half a millisecond, so it has no budget
        }
        if (moment >= policy.dueMoment() && writing.isDone() && !failed) {
            long now = nanoTime.getAsLong();
            if (policy.due(moment, now) && policy.worth(moment, DirtyPages.count(machine.memory()))) {
                take(surroundings, moment, now);
            }
        }
    }

    private void beforeFirstWrite(int frame) {
        if (pages != null && !writing.isDone()) {
            pages.beforeWrite(frame);
        }
    }

    private void take(Surroundings surroundings, long moment, long now) {
        policy.stored(result());
        write(surroundings);
        machine.trackWrites();
        policy.taken(moment, now, nanoTime.getAsLong());
    }

    /** Begins to write the state at the end of the recording; the machine stands still until {@link #close}. */
    void end(Surroundings surroundings) {
        result();
        if (!failed && machine.moment() != lastMoment) {
            write(surroundings);
        }
    }

    private void endInterval() {
        long moment = machine.moment();
        if (moment > intervalBegin) {
            intervals.add(new Noted(moment, machine.footprint().taken()));
            machine.footprint().start();
            intervalBegin = moment;
            intervalEnd = policy.intervalEnd(moment);
        }
    }

    private void write(Surroundings surroundings) {
        MachineStateHead.Builder head = Heads.of(machine);
        endInterval();
        List<Noted> noted = intervals;
        intervals = new ArrayList<>();
        surroundings.addTo(head);
        lastMoment = head.getMoment();
        count++;
        int number = count;
        DirtyPages dirty = new DirtyPages(machine.memory(), MOST_COPIED);
        pages = dirty;
        writing = CompletableFuture.supplyAsync(() -> write(number, head, noted, dirty), writer);
    }

    /** Returns the bytes of the file. */
    private long write(int number, MachineStateHead.Builder head, List<Noted> noted, DirtyPages dirty) {
        try (dirty) {
            noted.forEach(interval -> head.addIntervals(interval.encoded()));
            return write(number, head, dirty);
        }
    }

    private long write(int number, MachineStateHead.Builder head, DirtyPages dirty) {
        boolean differences = known.reserve(dirty.frames());
        head.setFormatVersion(differences ? 2 : 1).setPageDifferences(differences);
        try (MachineStateWriter state = folder.write(number, head.build())) {
            if (differences) {
                dirty.writeDifferencesTo(state, known);
            } else {
                dirty.writeTo(state);
            }
            return state.finish().getSizeBytes();
        }
    }

    /** Waits for the last one; its bytes, 0 if it could not be written. */
    private long result() {
        return writing.handle((bytes, failure) -> {
            if (failure != null) {
                failed = true;
                return 0L;
            }
            return bytes;
        }).join();
    }

    /** Waits until the last one is written. */
    @Override
    public void close() {
        try {
            result();
        } finally {
            known.close();
            writer.shutdown();
        }
    }
}
