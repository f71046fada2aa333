package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.ProcessorState;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.proto.Manifest;

/**
 * A recorded guest and the moment at which it stands.
 *
 * <p>Nouns: a <em>moment</em> counts retired instructions (and delivered exceptions); the state at a moment includes all
 * that arrived at it. A <em>checkpoint</em> is a state kept in memory. The <em>end</em> is where the recording ended.
 *
 * <p>Costs, with s the spacing of checkpoints ({@link Checkpoints}): {@link #seek} to a moment that was passed before
 * restores one checkpoint and executes at most 2 s instructions; to one farther on, executes all up to it. {@link
 * #stepBack} is a seek by one. {@link #continueBack} executes each interval between checkpoints once, from the last to
 * the one with a hit, and the latter twice.
 *
 * <p>One thread at a time.
 */
public final class Timeline implements AutoCloseable {
    /** How often an interruption is looked for, in moments. */
    private static final long SLICE = 2_000_000;
    /** Distances before a seek's goal at which near checkpoints are left. */
    private static final long[] NEAR = {1 << 20, 1 << 16, 1 << 12};

    private final Trace trace;
    private final EventLogReader log;
    private final TraceBoundary boundary;
    private final Machine machine;
    private final RamHistory ram;
    private final Checkpoints checkpoints;
    private final BooleanSupplier never = () -> false;
    private StopReason ended;
    private long endMoment = -1;

    /** Why a movement ended. */
    public enum Stop {
        /** The movement went all its way. */
        DONE,
        /** At one of the addresses asked for. */
        BREAKPOINT,
        /** At the first moment. */
        BEGINNING,
        /** At the end of the recording. */
        END,
        /** The caller asked to stop; a backward search has returned to where it started. */
        INTERRUPTED
    }

    /**
     * Opens a trace, standing at its beginning.
     *
     * @param console gets the console output of the guest as it is executed forward; see {@link #console}
     * @param checkpointBytes budget for checkpoints in memory
     */
    public static Timeline open(Trace trace, Engine.Factory engines, IntConsumer console, long checkpointBytes) {
        return new Timeline(trace, engines, console, checkpointBytes);
    }

    private Timeline(Trace trace, Engine.Factory engines, IntConsumer console, long checkpointBytes) {
        this.trace = trace;
        this.log = trace.openEventLog();
        this.boundary = new TraceBoundary(log, console);
        Manifest manifest = trace.manifest();
        this.machine = new Machine(
                manifest.getMachine().getMemoryBytes(), manifest.getMachine().getProcessors(), boundary, engines);
        InitialState.load(trace, machine);
        this.ram = new RamHistory(machine);
        this.checkpoints = new Checkpoints(checkpointBytes);
        checkpoints.add(capture());
    }

    /** The machine as it is at {@link #moment}; to be looked at only. */
    public Machine machine() {
        return machine;
    }

    public Trace trace() {
        return trace;
    }

    /** The moment that the guest stands at. */
    public long moment() {
        return machine.moment();
    }

    /** The moment of the recording's end. */
    public long end() {
        return log.lastMoment();
    }

    /** Whether the guest stands at the end of the recording. */
    public boolean atEnd() {
        return endMoment >= 0 && moment() == endMoment;
    }

    /** Why the recording ended; null as long as the end was not reached. */
    public StopReason endReason() {
        return ended;
    }

    /** Checkpoints in memory. */
    public int checkpointCount() {
        return checkpoints.count();
    }

    /** Bytes of pages that checkpoints hold. */
    public long checkpointBytes() {
        return checkpoints.bytes();
    }

    /** Where console output goes from now on. */
    public void console(IntConsumer sink) {
        boundary.console(sink);
    }

    // ---------------------------------------------------------------- verbs

    /** Executes to the end, without leaving checkpoints. */
    public StopReason replayToEnd(LongConsumerUntilInterrupted progress) {
        while (ended == null && progress.at(moment())) {
            noteEnd(machine.run(moment() + SLICE));
        }
        return ended;
    }

    /** Told of the moment reached now and then; answers whether to go on. */
    @FunctionalInterface
    public interface LongConsumerUntilInterrupted {
        boolean at(long moment);
    }

    /** Goes to a moment, or to the end when that comes first. */
    public Stop seek(long target, BooleanSupplier interrupted) {
        Checkpoint best = checkpoints.floor(Math.max(target, 0));
        if (target < moment() || best.moment() > moment()) {
            restore(best);
        }
        return advance(Math.max(target, 0), interrupted, true);
    }

    /** Goes to the end of the recording. */
    public Stop seekEnd(BooleanSupplier interrupted) {
        Stop stop = seek(end(), interrupted);
        return stop == Stop.DONE ? advance(Long.MAX_VALUE, interrupted, true) : stop;
    }

    /** Goes on by {@code count} moments. */
    public Stop stepForward(long count) {
        return atEnd() ? Stop.END : advance(moment() + count, never, false);
    }

    /** Goes back by {@code count} moments. */
    public Stop stepBack(long count, BooleanSupplier interrupted) {
        if (moment() == 0) {
            return Stop.BEGINNING;
        }
        return seek(moment() - count, interrupted);
    }

    /** Runs on until an instruction at one of the linear addresses is next, or the end. */
    public Stop continueForward(long[] addresses, BooleanSupplier interrupted) {
        if (atEnd()) {
            return Stop.END;
        }
        DebugStops stops = machine.engine().debugStops();
        stops.set(addresses);
        stops.resume(moment());
        try {
            return advance(Long.MAX_VALUE, interrupted, false);
        } finally {
            stops.set(new long[0]);
        }
    }

    /** Goes back to the last moment before this one at which an instruction at one of the addresses was next. */
    public Stop continueBack(long[] addresses, BooleanSupplier interrupted) {
        long start = moment();
        long high = start;
        while (high > 0) {
            Checkpoint from = checkpoints.floor(high - 1);
            restore(from);
            long hit = lastHit(addresses, high, interrupted);
            if (interrupted.getAsBoolean()) {
                seek(start, never);
                return Stop.INTERRUPTED;
            }
            if (hit >= 0) {
                seek(hit, never);
                return Stop.BREAKPOINT;
            }
            high = from.moment();
        }
        seek(0, never);
        return Stop.BEGINNING;
    }

    /** The moment of the last stop before {@code high}, from here on; -1 when there is none. */
    private long lastHit(long[] addresses, long high, BooleanSupplier interrupted) {
        if (addresses.length == 0) {
            return -1;
        }
        DebugStops stops = machine.engine().debugStops();
        stops.set(addresses);
        stops.resume(-1);
        long hit = -1;
        try {
            while (moment() < high && !interrupted.getAsBoolean()) {
                Stop stop = advance(high, interrupted, false);
                if (stop != Stop.BREAKPOINT) {
                    break;
                }
                hit = moment();
                stops.resume(hit);
            }
        } finally {
            stops.set(new long[0]);
        }
        return hit;
    }

    // ---------------------------------------------------------------- movement

    /** Executes up to {@code target}, leaving checkpoints where they are due. */
    private Stop advance(long target, BooleanSupplier interrupted, boolean leaveNear) {
        while (moment() < target && !atEnd()) {
            if (interrupted.getAsBoolean()) {
                return Stop.INTERRUPTED;
            }
            long due = checkpoints.nextDue(moment());
            if (due == moment()) {
                checkpoints.add(capture());
                continue;
            }
            long near = leaveNear ? nearDue(target) : Long.MAX_VALUE;
            long until = Math.min(Math.min(target, moment() + SLICE), Math.min(due, near));
            noteEnd(machine.run(until));
            if (moment() == near && !atEnd()) {
                checkpoints.addNear(capture());
            }
            if (machine.engine().debugStops().held()) {
                return Stop.BREAKPOINT;
            }
        }
        return atEnd() ? Stop.END : Stop.DONE;
    }

    /** The next moment at which a near checkpoint is due on the way to {@code target}. */
    private long nearDue(long target) {
        for (long distance : NEAR) {
            long at = target - distance;
            if (at > moment()) {
                return at;
            }
        }
        return Long.MAX_VALUE;
    }

    private void noteEnd(StopReason reason) {
        if (reason != null) {
            ended = reason;
            endMoment = moment();
        }
    }

    private Checkpoint capture() {
        List<byte[]> processors = new ArrayList<>();
        for (int i = 0; i < machine.processorCount(); i++) {
            processors.add(ProcessorState.save(machine.processor(i)));
        }
        return new Checkpoint(moment(), machine.current().index(), processors, ram.take(), boundary.save());
    }

    private void restore(Checkpoint checkpoint) {
        ram.restore(checkpoint.ram());
        for (int i = 0; i < machine.processorCount(); i++) {
            Processor processor = machine.processor(i);
            ProcessorState.restore(processor, checkpoint.processors().get(i));
        }
        machine.setMoment(checkpoint.moment());
        boundary.restore(checkpoint.position());
    }

    @Override
    public void close() {
        machine.close();
        log.close();
    }
}
