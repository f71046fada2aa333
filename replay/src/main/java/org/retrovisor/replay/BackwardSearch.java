package org.retrovisor.replay;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.retrovisor.replay.Traveller.Found;

/**
 * Finds the last stop before a moment.
 *
 * <p>First it looks where the user works, between checkpoints that are close together.
 *
 * <p>The rest of the past is cut into <em>stretches</em>, from the last to the first, leaving out what the index excludes. In a stretch
 * that was not executed yet, the guest is executed without stops, which fills the index; then each interval that can hold a
 * hit is executed with the stops in force.
 *
 * <p>Stretches are independent, so helpers look through those that come next. They ask no conditions, which belong to
 * the caller's machine: they only say which interval is the last of its stretch that reaches a stop at all. The caller's thread decides,
 * taking the stretches strictly in order; so the result is the same with any number of helpers.
 */
final class BackwardSearch {
    /** How much of the past, already indexed, makes a stretch: moments. */
    private static final long STRETCH = 16_000_000;
    private static final long WAIT_MILLIS = 20;

    private final Traveller traveller;
    private final History history;
    private final IntervalIndex index;
    private final Helpers helpers;
    private final StopPoints stops;
    private final long beginning;
    /** From the last to the first; those that are taken have not been decided upon. */
    private final Deque<Stretch> stretches = new ArrayDeque<>();
    /** Stretches are yet to be made below this moment. */
    private long frontier;
    private boolean over;

    /** What a stretch is known to hold. */
    private enum State {
        /** Nobody has looked. */
        NEW,
        /** Somebody is looking. */
        TAKEN,
        /** No stop is reached in it. */
        EMPTY,
        /** A stop is reached in the interval that ends at {@code to}, and none behind. */
        REACHES,
        /** A helper failed, so the caller's thread shall see for itself. */
        FAILED
    }

    private static final class Stretch {
        private final long low;
        private final long high;
        private State state = State.NEW;
        private long to;

        Stretch(long low, long high) {
            this.low = low;
            this.high = high;
        }
    }

    BackwardSearch(Traveller traveller, History history, Helpers helpers, StopPoints stops, long beginning) {
        this.traveller = traveller;
        this.history = history;
        this.index = history.index();
        this.helpers = helpers;
        this.stops = stops;
        this.beginning = beginning;
    }

    /** The last stop before a moment, a find without a hit when there is none, null when interrupted. */
    Found last(long start, BooleanSupplier interrupted) {
        try {
            Found near = nearby(start, interrupted);
            if (near == null || near.hit() != null) {
                return near;
            }
            Stretch first = first();
            if (first != null && take(first)) { // the helpers begin with the one after it
                helpers.start(this::help);
            }
            while (first != null && !interrupted.getAsBoolean()) {
                Found found = decide(first, interrupted);
                if (found == null || found.hit() != null) {
                    return found;
                }
                first = first();
            }
            return first == null ? new Found() : null;
        } finally {
            finish();
        }
    }

    /** Looks from checkpoint to checkpoint as long as these are close: most commands of a debugger do not go far. */
    private Found nearby(long start, BooleanSupplier interrupted) {
        frontier = start;
        while (frontier > beginning && !interrupted.getAsBoolean()) {
            long low = Math.max(beginning, history.floorMoment(frontier - 1));
            if (start - low > history.nearby()) {
                return new Found();
            }
            boolean may = index.skip(low, frontier, stops) > low;
            Found found = may ? traveller.lastHit(low, frontier, stops, interrupted) : new Found();
            if (found.hit() != null && !interrupted.getAsBoolean()) {
                return found;
            }
            frontier = low;
        }
        return interrupted.getAsBoolean() ? null : new Found();
    }

    private synchronized void finish() {
        over = true;
        notifyAll();
    }

    private synchronized boolean isOver() {
        return over;
    }

    // ---------------------------------------------------------------- stretches

    /** The last stretch that is not decided upon; null when the beginning is reached. */
    private synchronized Stretch first() {
        if (stretches.isEmpty()) {
            make();
        }
        return stretches.peekFirst();
    }

    /** Adds the next one, if any is left. */
    private boolean make() {
        long high = index.skip(beginning, frontier, stops);
        if (high <= beginning) {
            frontier = beginning;
            return false;
        }
        long low = lowOf(high);
        stretches.addLast(new Stretch(low, high));
        frontier = low;
        return true;
    }

    private long lowOf(long high) {
        IntervalIndex.Interval interval = index.around(high - 1);
        if (interval == null) {
            return Math.max(history.floorMoment(high - 1), index.gapBefore(high - 1));
        }
        long low = interval.low();
        while (low > beginning && high - low < STRETCH) {
            interval = index.around(low - 1);
            if (interval == null) {
                break;
            }
            low = interval.low();
        }
        return Math.max(low, beginning);
    }

    /** Looks through the first stretch, or waits for whoever does; a find without a hit when it is dealt with. */
    private Found decide(Stretch stretch, BooleanSupplier interrupted) {
        while (!take(stretch)) {
            if (interrupted.getAsBoolean()) {
                return null;
            }
            Stretch other = takeNext();
            if (other == null) {
                await();
            } else {
                explore(traveller, other, () -> interrupted.getAsBoolean() || isDone(stretch));
            }
        }
        if (interrupted.getAsBoolean()) {
            return null;
        }
        long high = stretch.state == State.REACHES ? stretch.to : stretch.high;
        Found found = stretch.state == State.EMPTY ? new Found() : lastIn(stretch.low, high, interrupted);
        if (found != null) {
            synchronized (this) {
                stretches.removeFirst();
            }
        }
        return found;
    }

    /** Whether it is up to this thread what to make of the first stretch. */
    private synchronized boolean take(Stretch stretch) {
        if (stretch.state == State.NEW) {
            stretch.state = State.FAILED; // nobody else is to take it
        }
        return stretch.state != State.TAKEN;
    }

    private synchronized boolean isDone(Stretch stretch) {
        return stretch.state != State.TAKEN;
    }

    /** One that nobody has looked at; null when enough of them are under way. */
    private synchronized Stretch takeNext() {
        while (!over) {
            for (Stretch stretch : stretches) {
                if (stretch.state == State.NEW) {
                    stretch.state = State.TAKEN;
                    return stretch;
                }
                if (stretch.state == State.REACHES) {
                    return null; // the search will most likely end there
                }
            }
            if (stretches.size() > 2 * helpers.count() || !make()) {
                return null;
            }
        }
        return null;
    }

    private synchronized void await() {
        try {
            wait(WAIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---------------------------------------------------------------- looking

    /** The last stop of [low, high) that counts; null when interrupted. */
    private Found lastIn(long low, long high, BooleanSupplier interrupted) {
        long at = isUnknown(low, high) ? traveller.survey(low, high, stops, interrupted) : high;
        while (!interrupted.getAsBoolean()) {
            at = index.skip(low, at, stops);
            if (at <= low) {
                return new Found();
            }
            long from = intervalBefore(low, at);
            Found found = traveller.lastHit(from, at, stops, interrupted);
            if (found.hit() != null && !interrupted.getAsBoolean()) {
                return found;
            }
            at = from;
        }
        return null;
    }

    /** Finds out in which interval of a stretch a stop is reached last. Gives it back when interrupted. */
    private void explore(Traveller by, Stretch stretch, BooleanSupplier interrupted) {
        State state = State.FAILED;
        try {
            state = look(by, stretch, interrupted);
        } catch (RuntimeException e) {
            by.lose(); // the caller's thread will meet with the same, and tell
        } finally {
            settle(stretch, state);
        }
    }

    private State look(Traveller by, Stretch stretch, BooleanSupplier interrupted) {
        long at = stretch.high;
        if (isUnknown(stretch.low, stretch.high)) {
            at = by.survey(stretch.low, stretch.high, stops, interrupted);
            stretch.to = at;
            State known = at > stretch.low ? State.REACHES : State.EMPTY;
            return interrupted.getAsBoolean() ? State.NEW : known;
        }
        while (!interrupted.getAsBoolean()) {
            at = index.skip(stretch.low, at, stops);
            if (at <= stretch.low) {
                return State.EMPTY;
            }
            long from = intervalBefore(stretch.low, at);
            if (by.reachesAny(from, at, stops, interrupted)) {
                stretch.to = at;
                return State.REACHES;
            }
            at = from;
        }
        return State.NEW;
    }

    private synchronized void settle(Stretch stretch, State state) {
        stretch.state = state;
        notifyAll();
    }

    /** Whether the guest has to be executed to know more of a stretch than came with the trace. */
    private boolean isUnknown(long low, long high) {
        return index.around(high - 1) == null && index.skip(low, high, stops) > low;
    }

    /** Where the interval that ends at {@code high} or contains it begins. */
    private long intervalBefore(long low, long high) {
        IntervalIndex.Interval interval = index.around(high - 1);
        return interval == null ? low : Math.max(low, interval.low());
    }

    private void help(Traveller helper) {
        while (!isOver()) {
            Stretch stretch = takeNext();
            if (stretch == null) {
                await();
            } else {
                explore(helper, stretch, this::isOver);
            }
        }
    }
}
