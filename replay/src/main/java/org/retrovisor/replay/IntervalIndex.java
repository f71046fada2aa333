package org.retrovisor.replay;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.retrovisor.monitor.Footprint;

/**
 * What the guest executed and touched, interval by interval: so that a search backward looks only where a hit can be.
 *
 * <p>Two layers. <em>Fine</em> intervals are disjoint and come from executing; <em>coarse</em> ones came with the trace.
 * An interval [low, high) stands for everything on the way from the state at low to the state at high. What is in no
 * interval may be anything. Several threads may use it.
 *
 * <p>A fine interval takes some 10 KB. When there are {@link #MOST}, neighbours are joined two and two.
 */
final class IntervalIndex {
    private static final int MOST = 1 << 13;

    private final NavigableMap<Long, Interval> fine = new TreeMap<>();
    private final NavigableMap<Long, Interval> coarse = new TreeMap<>();

    /** From a moment on, up to but not including another. */
    record Interval(long low, long high, Footprint footprint) {
        boolean mayHit(StopPoints stops) {
            for (StopPoint point : stops.points()) {
                boolean may = switch (point) {
                    case StopPoint.AtInstruction at -> footprint.mayExecute(at.linear());
                    case StopPoint.AtAccess at ->
                        footprint.mayTouch(at.address(), at.length(), at.reads(), at.writes(), at.physical());
                };
                if (may) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Adds what the recorder noted; these do not overlap. */
    synchronized void addCoarse(Interval interval) {
        if (interval.low < interval.high) {
            coarse.put(interval.low, interval);
        }
    }

    /** Adds what was found out by executing; of what is known already it fills the gaps. */
    synchronized void add(long low, long high, Footprint footprint) {
        long at = low;
        while (at < high) {
            Interval there = around(fine, at);
            if (there != null) {
                at = there.high;
                continue;
            }
            Long next = fine.higherKey(at);
            long to = next == null ? high : Math.min(high, next);
            fine.put(at, new Interval(at, to, footprint));
            at = to;
        }
        if (fine.size() > MOST) {
            join();
        }
    }

    /** Drops every second interval's statement: the pair makes the weaker one of both. */
    private void join() {
        Interval before = null;
        for (Long low : fine.keySet().toArray(Long[]::new)) {
            Interval here = fine.get(low);
            if (before != null && before.high == here.low) {
                fine.remove(low);
                fine.put(before.low, new Interval(before.low, here.high, before.footprint.and(here.footprint)));
                before = null;
            } else {
                before = here;
            }
        }
    }

    /** The fine interval that a moment is in; null when there is none. */
    synchronized Interval around(long moment) {
        return around(fine, moment);
    }

    /** Whether the trace says of all moments from one up to another what happened, interval by interval, none of them longer than that. */
    synchronized boolean isRecorded(long low, long high, long longest) {
        long at = low;
        while (at < high) {
            Interval wide = around(coarse, at);
            if (wide == null || wide.high - wide.low > longest) {
                return false;
            }
            at = wide.high;
        }
        return true;
    }

    /** Where the gap between fine intervals begins that a moment is in; 0 at the earliest. */
    synchronized long gapBefore(long moment) {
        Map.Entry<Long, Interval> before = fine.floorEntry(moment);
        return before == null ? 0 : before.getValue().high;
    }

    /** Goes back over all intervals that have no hit for certain: where to search then, behind {@code low}, or {@code low}. */
    synchronized long skip(long low, long high, StopPoints stops) {
        long at = high;
        while (at > low) {
            Interval narrow = around(fine, at - 1);
            Interval wide = around(coarse, at - 1);
            if (wide != null && !wide.mayHit(stops)) {
                at = wide.low;
            } else if (narrow != null && !narrow.mayHit(stops)) {
                at = narrow.low;
            } else {
                return at;
            }
        }
        return low;
    }

    /**
     * A piece of the past about which the trace says one thing.
     *
     * @param high up to but not including this moment
     * @param mayHit whether a stop can lie in it
     */
    record Piece(long high, boolean mayHit) {}

    /** The piece that begins at {@code low}, as far as it lies below {@code limit}. */
    synchronized Piece piece(long low, long limit, StopPoints stops) {
        Interval wide = around(coarse, low);
        if (wide != null) {
            return new Piece(Math.min(limit, wide.high), wide.mayHit(stops));
        }
        Long next = coarse.higherKey(low);
        return new Piece(next == null ? limit : Math.min(limit, next), true);
    }

    private static Interval around(NavigableMap<Long, Interval> layer, long moment) {
        Map.Entry<Long, Interval> entry = layer.floorEntry(moment);
        return entry == null || entry.getValue().high <= moment ? null : entry.getValue();
    }
}
