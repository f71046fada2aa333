package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Footprint;
import org.retrovisor.trace.StoredCheckpoint;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;

/**
 * Whether the checkpoints and the index in a trace are true. Time travel believes them: a false checkpoint shows a past that was not, an
 * index that denies something hides it from searches.
 *
 * <p>Costs a replay that takes down what is executed and touched, and a look at all pages for each checkpoint. What an engine takes down may be
 * more than happened; so where it is more than the trace says, that interval is executed again, with stops at all that the trace
 * denies: a stop proves the lie.
 */
public final class HistoryCheck {
    private static final int LINE = 64;

    private final GuestMachine guest;
    private final RecordedCheckpoints recorded;
    private final Checkpoint beginning;
    private final BooleanSupplier interrupted;

    private HistoryCheck(Trace trace, GuestMachine guest, PageSlabs slabs, BooleanSupplier interrupted) {
        this.guest = guest;
        this.recorded = new RecordedCheckpoints(trace, 0, slabs);
        this.beginning = guest.capture();
        this.interrupted = interrupted;
    }

    /**
     * Checks all of it, or up to an interruption; what is wrong in a sentence, or empty.
     *
     * @throws DivergenceException when the guest leaves the recorded path
     * @throws TraceException when something cannot be read
     */
    public static Optional<String> run(Trace trace, Engine.Factory engines, BooleanSupplier interrupted) {
        try (PageSlabs slabs = new PageSlabs();
                GuestMachine guest = new GuestMachine(trace, engines, unused -> {}, slabs)) {
            return new HistoryCheck(trace, guest, slabs, interrupted).checkpoints(trace.checkpoints());
        }
    }

    private Optional<String> checkpoints(List<StoredCheckpoint> checkpoints) {
        for (StoredCheckpoint checkpoint : checkpoints) {
            for (IntervalIndex.Interval interval : RecordedFootprint.intervals(checkpoint.head(), guest.moment())) {
                Optional<String> lie = interval(interval.high(), interval.footprint());
                if (lie.isPresent() || interrupted.getAsBoolean()) {
                    return lie;
                }
            }
            execute(checkpoint.moment());
            if (!interrupted.getAsBoolean() && !isTrue(checkpoint)) {
                return Optional.of(
                        ("the checkpoint at moment %d is false: the guest was in another state; the past behind it is not what"
                                + " happened").formatted(checkpoint.moment()));
            }
        }
        return Optional.empty();
    }

    /** Compares with the guest, which stands there. */
    private boolean isTrue(StoredCheckpoint checkpoint) {
        Checkpoint executed = guest.capture();
        boolean same;
        try {
            guest.restore(recorded.read(checkpoint.moment(), beginning.ram()));
            same = guest.capture().sameAs(executed);
        } catch (DivergenceException e) {
            same = false; // already what is due at its moment does not fit
        }
        guest.restore(executed);
        return same;
    }

    private Optional<String> interval(long end, Footprint told) {
        Checkpoint begin = guest.capture();
        guest.machine().footprint().start();
        execute(end);
        Footprint seen = guest.machine().footprint().taken();
        if (interrupted.getAsBoolean()) {
            return Optional.empty();
        }
        if (seen.deviceWrote() && !told.deviceWrote()) {
            return Optional.of(sentence("a device's write", begin.moment(), end));
        }
        StopPoints denied = denied(seen, told);
        return denied.isEmpty() ? Optional.empty() : confirm(begin, end, denied);
    }

    private Optional<String> confirm(Checkpoint begin, long end, StopPoints denied) {
        guest.restore(begin);
        try (ArmedStops armed = new ArmedStops(guest.machine(), denied)) {
            while (guest.moment() < end && !guest.atEnd() && !interrupted.getAsBoolean()) {
                guest.run(Math.min(end, guest.moment() + Traveller.SLICE));
                Hit hit = armed.hit();
                if (hit != null) {
                    return Optional.of(sentence(what(hit), begin.moment(), end));
                }
            }
        }
        return Optional.empty();
    }

    private void execute(long until) {
        while (guest.moment() < until && !guest.atEnd() && !interrupted.getAsBoolean()) {
            guest.run(Math.min(until, guest.moment() + Traveller.SLICE));
        }
    }

    private static String what(Hit hit) {
        String kind = hit.point() instanceof StopPoint.AtInstruction
                ? "an instruction executed at %#x"
                : "an access to %#x";
        return kind.formatted(hit.address());
    }

    private static String sentence(String what, long begin, long end) {
        return "the index of the trace lies: it denies %s between moments %d and %d; searches in this trace can miss what happened"
                .formatted(what, begin, end);
    }

    // ---------------------------------------------------------------- what is denied

    private static StopPoints denied(Footprint seen, Footprint told) {
        List<StopPoint> points = new ArrayList<>();
        seen.executed().forEach((page, lines) -> {
            for (long left = lines & ~told.executed().get(page); left != 0; left &= left - 1) {
                long line = (page << 12) + (long) LINE * Long.numberOfTrailingZeros(left);
                for (int i = 0; i < LINE; i++) {
                    points.add(new StopPoint.AtInstruction(line + i));
                }
            }
        });
        addAccesses(points, seen.linear(), told.linear(), false);
        addAccesses(points, seen.physical(), told.physical(), true);
        return new StopPoints(points);
    }

    private static void addAccesses(
            List<StopPoint> points, Footprint.Pages seen, Footprint.Pages told, boolean physical) {
        seen.forEach((page, kinds) -> {
            long denied = kinds & ~told.get(page);
            if (denied != 0) {
                points.add(new StopPoint.AtAccess(page << 12, 1 << 12, (denied & Footprint.READ) != 0,
                        (denied & Footprint.WRITTEN) != 0, physical));
            }
        });
    }
}
