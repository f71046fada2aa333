package org.retrovisor.replay;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.replay.inspect.GuestView;
import org.retrovisor.trace.Trace;

/**
 * A recorded guest and the moment at which it stands.
 *
 * <p>Nouns: a <em>moment</em> counts retired instructions (and delivered exceptions); the state at a moment includes all
 * that arrived at it. A <em>checkpoint</em> is a state kept in memory, or one that the recorder left in the trace. The
 * <em>end</em> is where the recording ended. The <em>index</em> says what was executed and touched between two moments.
 *
 * <p>Costs, with s the spacing of checkpoints ({@link Checkpoints}): {@link #seek} to a moment that was passed before
 * restores one checkpoint and executes at most 2 s instructions; to one farther on, executes all from the last checkpoint
 * before it, of which the recorder left one at the end. {@link #stepBack} is a seek by one. {@link #continueBack} executes
 * the intervals of the index that can hold a hit, from the last to the one with a hit, and the latter twice; where there is
 * no index yet it executes everything once more to make it ({@link BackwardSearch}).
 *
 * <p>A movement that fails, because the guest leaves the recorded path or a condition throws, goes back to where it
 * started. One thread at a time; a long search uses others of its own.
 */
public final class Timeline implements AutoCloseable {
    private static final BooleanSupplier NEVER = () -> false;
    private static final long DEFAULT_BUDGET = 1L << 30;

    private final Trace trace;
    private final GuestMachine guest;
    private final Traveller traveller;
    private final History history;
    private final Helpers helpers;
    private final PageSlabs slabs;
    private final long beginning;
    private final GuestView view;
    private volatile boolean closed;

    /**
     * Opens a trace, standing at its beginning.
     *
     * @param engines also called on other threads, for machines that help to search
     * @param console gets the console output of the guest as it is executed forward; see {@link #console}
     * @param checkpointBytes budget for checkpoints in memory; see {@link #budget}
     */
    public static Timeline open(Trace trace, Engine.Factory engines, IntConsumer console, long checkpointBytes) {
        return open(trace, engines, console, checkpointBytes, Checkpoints.FIRST_SPACING, Helpers.usual());
    }

    /**
     * The same as a test needs it.
     *
     * @param spacing moments between checkpoints to begin with, and in an interval of the index
     * @param helpers how many machines besides its own search at most
     */
    public static Timeline open(
            Trace trace, Engine.Factory engines, IntConsumer console, long checkpointBytes, long spacing, int helpers) {
        PageSlabs slabs = new PageSlabs();
        GuestMachine guest = null;
        try {
            guest = new GuestMachine(trace, engines, console, slabs);
            return new Timeline(trace, engines, guest, slabs, new Checkpoints(checkpointBytes, spacing), helpers);
        } catch (RuntimeException e) {
            if (guest != null) {
                guest.close();
            }
            slabs.close();
            throw e;
        }
    }

    private Timeline(
            Trace trace, Engine.Factory engines, GuestMachine guest, PageSlabs slabs, Checkpoints checkpoints,
            int helpers) {
        this.slabs = slabs;
        this.trace = trace;
        this.guest = guest;
        this.beginning = guest.moment();
        this.view = new GuestView(guest.machine());
        long interval = Math.min(checkpoints.spacing(), Checkpoints.FIRST_SPACING);
        this.history = new History(checkpoints, new RecordedCheckpoints(trace, checkpoints.budget(), slabs), beginning,
                interval);
        checkpoints.add(guest.capture());
        this.traveller = new Traveller(guest, history, beginning);
        this.helpers = new Helpers(helpers,
                () -> new Traveller(new GuestMachine(trace, engines, unused -> {}, slabs), history, beginning));
    }

    /** A budget for checkpoints that leaves half of this program's heap to others: at most so many bytes. */
    public static long budget(long bytes) {
        return Math.min(bytes, Runtime.getRuntime().maxMemory() / 2);
    }

    /** The same with the usual limit of 1 GiB. */
    public static long defaultBudget() {
        return budget(DEFAULT_BUDGET);
    }

    /** The machine as it is at {@link #moment}; to be looked at only. */
    public Machine machine() {
        return guest.machine();
    }

    /** What a debugger sees at {@link #moment}. */
    public GuestView view() {
        return view;
    }

    public Trace trace() {
        return trace;
    }

    /** The moment that the guest stands at. */
    public long moment() {
        return guest.moment();
    }

    /** The moment at which the recording began: 0, unless it began in the middle of a run. */
    public long beginning() {
        return beginning;
    }

    /** The moment of the recording's last event, which is its end if it was closed in order. */
    public long end() {
        return guest.log().lastMoment();
    }

    /** Whether the guest stands at the end of the recording. */
    public boolean atEnd() {
        return guest.atEnd();
    }

    /** Why the recording ended; null as long as the end was not reached. */
    public StopReason endReason() {
        return guest.endReason();
    }

    /** The same in words; empty as long as the end was not reached. */
    public String endSentence() {
        return endReason() == null ? "" : endReason().sentence();
    }

    /** The number of the event that comes next, from 0. */
    public long eventNumber() {
        return guest.log().eventNumber();
    }

    /** All events of the trace. */
    public long events() {
        return guest.log().events();
    }

    /** The time stamp that the guest read last, as the boundary gave it; -1 when it has not read any. */
    public long lastTimestamp() {
        return guest.boundary().lastTimestamp();
    }

    /** What was recorded, as names and values for people, in order. */
    public Map<String, String> facts() {
        return TraceFacts.of(this);
    }

    /** How many checkpoints there are, and what they cost. */
    public CheckpointUse checkpointUse() {
        return history.use();
    }

    /**
     * What checkpoints cost.
     *
     * @param spacing moments between regular ones
     * @param bytes an estimate from above
     */
    public record CheckpointUse(int count, long spacing, long bytes) {}

    /** Where console output goes from now on. */
    public void console(IntConsumer sink) {
        guest.boundary().console(sink);
    }

    // ---------------------------------------------------------------- verbs

    /** Executes to the end, without leaving checkpoints. */
    public StopReason replayToEnd(LongConsumerUntilInterrupted progress) {
        while (guest.endReason() == null && progress.at(moment())) {
            guest.run(moment() + Traveller.SLICE);
        }
        return guest.endReason();
    }

    /** Told of the moment reached now and then; answers whether to go on. */
    @FunctionalInterface
    public interface LongConsumerUntilInterrupted {
        boolean at(long moment);
    }

    /** Goes to a moment, or to the beginning or end when it lies beyond. */
    public Outcome seek(long target, BooleanSupplier interrupted) {
        return undoneUnlessDone(start -> goTo(target, interrupted));
    }

    /** Goes to the end of the recording. */
    public Outcome seekEnd(BooleanSupplier interrupted) {
        return undoneUnlessDone(start -> {
            Outcome outcome = goTo(end(), interrupted);
            return outcome.reason() == Outcome.Reason.DONE
                    ? advance(Long.MAX_VALUE, null, interrupted, true)
                    : outcome;
        });
    }

    /**
     * The same with somebody who is told how far it has come: of the moments of the recorded states that are read, one after the
     * other, and of those that are executed.
     */
    public Outcome seekEnd(BooleanSupplier interrupted, LongConsumer progress) {
        history.listener(progress);
        try {
            return seekEnd(() -> {
                progress.accept(moment());
                return interrupted.getAsBoolean();
            });
        } finally {
            history.listener(unused -> {});
        }
    }

    /**
     * Lets another core, if there is one, execute what lies between here and the last checkpoint before here, so that the
     * first steps back from here find checkpoints near. Returns at once.
     */
    public void prepareStepsBack() {
        long goal = moment() - 1;
        if (goal >= beginning) {
            helpers.startOne(helper -> helper.goTo(goal, true, () -> closed));
        }
    }

    /**
     * Goes on by one moment of a processor, and then for as long as its program counter stays in a range; the other
     * processors run as they did. Stop points end it early, but not the one at the first instruction.
     *
     * @param stays whether a linear address is in the range
     */
    public Outcome stepForward(int processor, LongPredicate stays, StopPoints stops, BooleanSupplier interrupted) {
        return backOnFailure(start -> {
            try (ArmedStops armed = new ArmedStops(machine(), stops)) {
                return stepForward(processor, stays, armed, interrupted);
            }
        });
    }

    private Outcome stepForward(int processor, LongPredicate stays, ArmedStops armed, BooleanSupplier interrupted) {
        while (!atEnd()) {
            long before = moment();
            boolean own = machine().current().index() == processor;
            armed.passHere();
            Outcome outcome = advance(before + 1, armed, interrupted, false);
            boolean arrived = outcome.reason() == Outcome.Reason.END && moment() != before;
            if (outcome.reason() != Outcome.Reason.DONE && !arrived) {
                return outcome;
            }
            if (own && !stays.test(view.programCounter(processor))) {
                return Outcome.DONE;
            }
            Hit hit = armed.instructionHit();
            if (hit != null) {
                return Outcome.at(hit);
            }
        }
        return Outcome.END;
    }

    /** Goes back by one moment of a processor; stops at accesses are found on the way, those at instructions are not. */
    public Outcome stepBack(int processor, StopPoints stops, BooleanSupplier interrupted) {
        return undoneUnlessDone(start -> {
            StopPoints accesses = stops.accesses();
            while (moment() > beginning) {
                long before = moment() - 1;
                Hit hit = accesses.isEmpty() ? null : traveller.lastHit(before, moment(), accesses, interrupted).hit();
                Outcome outcome = goTo(before, interrupted);
                if (hit != null || outcome.reason() == Outcome.Reason.INTERRUPTED) {
                    return hit != null ? Outcome.at(hit) : outcome;
                }
                if (machine().current().index() == processor) {
                    return Outcome.DONE;
                }
            }
            return Outcome.BEGINNING;
        });
    }

    /** Runs on by at least one moment, up to a stop point, the end, or an interruption. */
    public Outcome continueForward(StopPoints stops, BooleanSupplier interrupted) {
        return backOnFailure(start -> {
            try (ArmedStops armed = new ArmedStops(machine(), stops)) {
                armed.passHere();
                return advance(Long.MAX_VALUE, armed, interrupted, false);
            }
        });
    }

    /** Goes back by at least one moment, to the last stop point before here or to the beginning. */
    public Outcome continueBack(StopPoints stops, BooleanSupplier interrupted) {
        return undoneUnlessDone(start -> {
            if (!stops.isEmpty()) {
                Traveller.Found found = new BackwardSearch(traveller, history, helpers, stops, beginning)
                        .last(start, interrupted);
                if (found == null) {
                    return Outcome.INTERRUPTED;
                }
                if (found.hit() != null) {
                    Outcome outcome = goTo(found.moment(), interrupted);
                    return outcome.reason() == Outcome.Reason.INTERRUPTED ? outcome : Outcome.at(found.hit());
                }
            }
            goTo(beginning, NEVER);
            return Outcome.BEGINNING;
        });
    }

    // ---------------------------------------------------------------- movement

    /** A movement that began at a moment. */
    @FunctionalInterface
    private interface Movement {
        Outcome from(long start);
    }

    /** Goes back to the start when the movement fails or is interrupted. */
    private Outcome undoneUnlessDone(Movement movement) {
        long start = moment();
        Outcome outcome = backOnFailure(movement);
        if (outcome.reason() == Outcome.Reason.INTERRUPTED) {
            goTo(start, NEVER);
        }
        return outcome;
    }

    private Outcome backOnFailure(Movement movement) {
        long start = moment();
        try {
            return movement.from(start);
        } catch (RuntimeException e) {
            try {
                traveller.restoreBefore(start);
                advance(start, null, NEVER, false);
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private Outcome goTo(long target, BooleanSupplier interrupted) {
        return traveller.goTo(target, true, interrupted);
    }

    private Outcome advance(long target, ArmedStops armed, BooleanSupplier interrupted, boolean leaveNear) {
        return traveller.advance(target, armed, leaveNear, interrupted);
    }

    @Override
    public void close() {
        closed = true;
        if (helpers.close()) { // or one still reads pages of checkpoints, which lie in the guest's RAM and in slabs
            guest.close();
            slabs.close();
        }
    }
}
