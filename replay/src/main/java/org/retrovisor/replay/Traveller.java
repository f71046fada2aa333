package org.retrovisor.replay;

import java.util.function.BooleanSupplier;

/**
 * Goes about in a guest's past on a machine of its own, and leaves what it learns in the {@link History}: checkpoints, and
 * what was executed and touched on the way. One thread at a time.
 */
final class Traveller implements AutoCloseable {
    /** How often an interruption is looked for, in moments. */
    static final long SLICE = 2_000_000;
    /** Distances before a seek's goal at which near checkpoints are left. */
    private static final long[] NEAR = {1 << 20, 1 << 16, 1 << 12};

    private final GuestMachine guest;
    private final History history;
    private final long beginning;
    /** Since when the footprint is taken, or not taken because the trace has it. */
    private long footprintStart;

    private boolean takesFootprint;
    /** Whether to take it even then: a search wants to know better. */
    private boolean learns;
    /** Whether the machine stands nowhere, for it left the recorded path. */
    private boolean lost;

    /** The last hit of a search so far. */
    static final class Found {
        private Hit hit;
        private long moment;

        /** A stop at an access lies before the instruction that did it. */
        private void note(Hit latest, long now) {
            hit = latest;
            moment = latest.point() instanceof StopPoint.AtAccess ? now - 1 : now;
        }

        /** Null when there was none. */
        Hit hit() {
            return hit;
        }

        /** Where it is. */
        long moment() {
            return moment;
        }
    }

    /** A traveller with a machine that stands somewhere, best at the beginning. */
    Traveller(GuestMachine guest, History history, long beginning) {
        this.guest = guest;
        this.history = history;
        this.beginning = beginning;
        startFootprint();
    }

    GuestMachine guest() {
        return guest;
    }

    long moment() {
        return guest.moment();
    }

    /** Goes to the latest checkpoint at or before a moment, whatever the machine did meanwhile. */
    void restoreBefore(long moment) {
        guest.restore(history.floor(moment));
        lost = false;
        startFootprint();
    }

    /** After a failure: the next way begins at a checkpoint. */
    void lose() {
        lost = true;
    }

    /**
     * Goes to a moment, or to the beginning or end when it lies beyond.
     *
     * @param leaveNear whether the user works there, so that he'll want to make small steps
     */
    Outcome goTo(long target, boolean leaveNear, BooleanSupplier interrupted) {
        long goal = Math.max(target, beginning);
        if (lost || goal < moment() || history.floorMoment(goal) > moment()) {
            restoreBefore(goal);
        }
        return advance(goal, null, leaveNear, interrupted);
    }

    /** Executes up to {@code target} or a stop point that counts, leaving checkpoints where they are due. */
    Outcome advance(long target, ArmedStops armed, boolean leaveNear, BooleanSupplier interrupted) {
        while (moment() < target && !guest.atEnd()) {
            if (interrupted.getAsBoolean()) {
                return Outcome.INTERRUPTED;
            }
            long due = history.nextDue(moment());
            if (due == moment()) {
                history.add(guest.capture());
                continue;
            }
            long near = leaveNear ? nearDue(target) : Long.MAX_VALUE;
            run(Math.min(target, Math.min(due, near)));
            if (moment() == near && !guest.atEnd()) {
                history.addNear(guest.capture());
            }
            Hit hit = armed == null ? null : armed.hit();
            if (hit != null) {
                return Outcome.at(hit);
            }
        }
        return guest.atEnd() ? Outcome.END : Outcome.DONE;
    }

    private void run(long until) {
        long footprintEnd = footprintEnd();
        guest.run(Math.min(Math.min(until, moment() + SLICE), footprintEnd));
        if (moment() >= footprintEnd) {
            keepFootprint();
        }
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

    // ---------------------------------------------------------------- footprints

    private long footprintEnd() {
        return history.footprintEnd(footprintStart);
    }

    /** To take one costs time at its beginning, when all that is executed and touched has to be told once more. */
    private void startFootprint() {
        footprintStart = moment();
        takesFootprint = learns || !history.isFootprintRecorded(footprintStart, guest.log().lastMoment());
        if (takesFootprint) {
            guest.machine().footprint().start();
        } else {
            guest.machine().footprint().stop();
        }
    }

    private void keepFootprint() {
        if (moment() > footprintStart) {
            if (takesFootprint) {
                history.add(footprintStart, moment(), guest.machine().footprint().taken());
            }
            startFootprint();
        }
    }

    // ---------------------------------------------------------------- search

    /**
     * Executes from one moment to another to learn what happens there, with stops in force where the trace does not
     * exclude them. Conditions are not asked.
     *
     * @return the end of the last piece of the way in which a stop is reached, {@code low} when there is none; when interrupted, it
     *     means nothing
     */
    long survey(long low, long high, StopPoints stops, BooleanSupplier interrupted) {
        learns = true;
        try {
            return learn(low, high, stops, interrupted);
        } finally {
            learns = false;
        }
    }

    private long learn(long low, long high, StopPoints stops, BooleanSupplier interrupted) {
        long last = low;
        if (goTo(low, false, interrupted).reason() == Outcome.Reason.INTERRUPTED) {
            return last;
        }
        if (!takesFootprint) {
            startFootprint();
        }
        StopPoints all = new StopPoints(stops.points());
        while (moment() < high && !guest.atEnd() && !interrupted.getAsBoolean()) {
            IntervalIndex.Piece piece = history.index().piece(moment(), Math.min(high, footprintEnd()), all);
            if (piece.mayHit() && reachesBefore(piece.high(), all, interrupted)) {
                last = piece.high();
            }
            advance(piece.high(), null, false, interrupted);
        }
        keepFootprint();
        return last;
    }

    private boolean reachesBefore(long high, StopPoints stops, BooleanSupplier interrupted) {
        try (ArmedStops armed = new ArmedStops(guest.machine(), stops)) {
            return advance(high, armed, false, interrupted).reason() == Outcome.Reason.STOP_POINT;
        }
    }

    /**
     * The last stop in [low, high), where a stop at an access is at the moment before it; ends anywhere. When interrupted,
     * what it found means nothing.
     */
    Found lastHit(long low, long high, StopPoints stops, BooleanSupplier interrupted) {
        Found found = new Found();
        if (goTo(low, false, interrupted).reason() == Outcome.Reason.INTERRUPTED) {
            return found;
        }
        try (ArmedStops armed = new ArmedStops(guest.machine(), stops)) {
            while (true) {
                Outcome outcome = advance(high, armed, false, interrupted);
                if (outcome.reason() == Outcome.Reason.STOP_POINT) {
                    found.note(outcome.hit(), moment());
                }
                if (outcome.reason() != Outcome.Reason.STOP_POINT || moment() >= high) {
                    return found;
                }
            }
        }
    }

    /** Whether any stop lies in [low, high), asking no conditions; when interrupted, false. */
    boolean reachesAny(long low, long high, StopPoints stops, BooleanSupplier interrupted) {
        if (goTo(low, false, interrupted).reason() == Outcome.Reason.INTERRUPTED) {
            return false;
        }
        return reachesBefore(high, new StopPoints(stops.points()), interrupted);
    }

    @Override
    public void close() {
        guest.close();
    }
}
