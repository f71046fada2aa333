package org.retrovisor.recorder;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.Footprint;
import org.retrovisor.monitor.Machine;
import org.retrovisor.trace.CheckpointFolder;
import org.retrovisor.trace.proto.Interval;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.StoredFile;

/**
 * Leaves checkpoints in a trace while it is recorded, so that whoever opens it need not execute all of it.
 *
 * <p>The recording stands still while it is noted which pages were written since the checkpoint before; {@link StateSaver} writes them
 * while it goes on. {@link CheckpointPolicy} says when.
 * Checkpoints are a convenience: when one cannot be written there will be no more of them, and the recording goes on.
 */
final class CheckpointRecorder {
    /** Intervals that wait to be encoded, which take several times as much memory until then. */
    private static final int MOST_FRESH = 8;

    private final Machine machine;
    private final CheckpointFolder folder;
    private final CheckpointPolicy policy;
    private final LongSupplier nanoTime;
    private final StateSaver states;
    /** Those that are to be written still, or were since it was looked after last. */
    private final Deque<CompletableFuture<StoredFile>> writing = new ArrayDeque<>();
    /** The state that the next one is told from. */
    private CompletableFuture<?> last;
    /** What was executed and touched since the last checkpoint: encoded on the other thread, which is asked only now and then. */
    private List<CompletableFuture<List<Interval>>> intervals = new ArrayList<>();
    /** Those behind that. */
    private List<Noted> fresh = new ArrayList<>();
    private long intervalBegin;
    private long intervalEnd;
    private int count;
    private long lastMoment = -1;
    private boolean failed;

    /** What was executed and touched from the interval before to a moment. */
    private record Noted(long endMoment, Footprint footprint) {
        Interval encoded() {
            return Interval.newBuilder().setEndMoment(endMoment).setFootprint(Footprints.encode(footprint)).build();
        }
    }

    /** What a trace knows of a moment besides the machine itself. */
    interface Surroundings {
        /** Answers what must be done before the state may be written. */
        CompletableFuture<?> addTo(MachineStateHead.Builder head);
    }

    /**
     * The machine is now as the initial state of the trace says.
     *
     * @param initial done when that is written
     */
    CheckpointRecorder(
            Machine machine, StateSaver states, CompletableFuture<?> initial, CheckpointFolder folder,
            LongSupplier nanoTime, CheckpointPolicy policy) {
        this.machine = machine;
        this.states = states;
        last = initial;
        this.folder = folder;
        this.nanoTime = nanoTime;
        this.policy = policy;
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
        if (moment >= policy.dueMoment() && !failed && states.mayBegin()) {
            long now = nanoTime.getAsLong();
            if (policy.due(moment, now) && policy.worth(moment, machine.memory().dirtyCount())) {
                take(surroundings, moment, now);
            }
        }
    }

    private void take(Surroundings surroundings, long moment, long now) {
        if (policy.hasBegun(moment)) {
            states.ease();
        }
        account();
        write(surroundings);
        policy.taken(moment, now, nanoTime.getAsLong());
    }

    /** Begins to write the state at the end of the recording; the machine stands still until it is written. */
    void end(Surroundings surroundings) {
        account();
        if (!failed && machine.moment() != lastMoment) {
            write(surroundings);
        }
    }

    private void endInterval() {
        long moment = machine.moment();
        if (moment > intervalBegin) {
            fresh.add(new Noted(moment, machine.footprint().taken()));
            machine.footprint().start();
            intervalBegin = moment;
            intervalEnd = policy.intervalEnd(moment);
        }
        if (fresh.size() >= MOST_FRESH) {
            encodeLater();
        }
    }

    private void encodeLater() {
        List<Noted> noted = fresh;
        fresh = new ArrayList<>();
        intervals.add(states.later(() -> noted.stream().map(Noted::encoded).toList()));
    }

    private void write(Surroundings surroundings) {
        MachineStateHead.Builder head = Heads.of(machine);
        endInterval();
        encodeLater();
        List<CompletableFuture<List<Interval>>> noted = intervals;
        intervals = new ArrayList<>();
        CompletableFuture<?> before = surroundings.addTo(head);
        lastMoment = head.getMoment();
        count++;
        CompletableFuture<?> previous = last;
        CompletableFuture<StoredFile> written = states.checkpoint(folder, count, () -> {
            previous.join(); // without that one this is of no use
            Awaited.result(before);
            noted.forEach(some -> head.addAllIntervals(some.join()));
            return head;
        });
        writing.add(written);
        last = written;
    }

    /** Sees how those that are written turned out. */
    private void account() {
        while (!writing.isEmpty() && writing.element().isDone()) {
            CompletableFuture<StoredFile> written = writing.remove();
            if (written.isCompletedExceptionally()) {
                failed = true;
            } else {
                policy.stored(written.join().getSizeBytes());
            }
        }
    }
}
