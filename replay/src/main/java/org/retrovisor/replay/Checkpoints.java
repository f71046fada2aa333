package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which checkpoints are kept.
 *
 * <p>Two kinds. <em>Regular</em> ones stand at least {@link #spacing} moments apart over all that was executed so far, and
 * no moment that was executed is farther than two spacings behind one. <em>Near</em> ones, at most {@link #NEAR_LIMIT},
 * stand where the user was lately, so that the second step back is cheaper than the first.
 *
 * <p>When they outgrow the budget, near ones go first, then every second regular one, and the spacing doubles, until
 * three quarters of the budget are enough or only two are left; where they stand farther apart than that anyway, as after seeks,
 * those nearest behind another go. With two left, the guest changes more between two moments than
 * the budget holds, and the budget is exceeded.
 */
final class Checkpoints {
    private static final int NEAR_LIMIT = 48;
    /** Four fifths of a second of execution by the interpreter, a twentieth by the translator: ten times what one costs. */
    static final long FIRST_SPACING = 64_000_000;

    private final NavigableMap<Long, Checkpoint> regular = new TreeMap<>();
    private final NavigableMap<Long, Checkpoint> near = new TreeMap<>();
    private final List<Long> nearByAge = new ArrayList<>();
    private final long budget;
    private long spacing;
    private long bytes;

    /** Nothing yet; {@code budget} is in bytes, {@code firstSpacing} in moments. */
    Checkpoints(long budget, long firstSpacing) {
        this.budget = budget;
        this.spacing = firstSpacing;
    }

    /** Moments between regular checkpoints. */
    long spacing() {
        return spacing;
    }

    /** How many bytes they may hold. */
    long budget() {
        return budget;
    }

    /** How many there are. */
    int count() {
        return regular.size() + near.size();
    }

    /** Bytes that they hold, an estimate from above. */
    long bytes() {
        return bytes;
    }

    /** The latest one at or before a moment. The first, at the beginning, is always there. */
    Checkpoint floor(long moment) {
        Map.Entry<Long, Checkpoint> a = regular.floorEntry(moment);
        Map.Entry<Long, Checkpoint> b = near.floorEntry(moment);
        if (a == null || b != null && b.getKey() > a.getKey()) {
            return b == null ? null : b.getValue();
        }
        return a.getValue();
    }

    /** The one at the beginning. */
    Checkpoint first() {
        return regular.firstEntry().getValue();
    }

    /** The next moment, from {@code moment} on, at which a regular one is due. */
    long nextDue(long moment) {
        Map.Entry<Long, Checkpoint> before = regular.floorEntry(moment);
        if (before == null) {
            return moment;
        }
        long due = before.getKey() + spacing;
        Long after = regular.higherKey(moment);
        if (after != null && after < due + spacing) {
            return Long.MAX_VALUE; // the gap is narrow enough
        }
        return Math.max(due, moment);
    }

    /** Keeps a regular one. */
    void add(Checkpoint checkpoint) {
        if (regular.put(checkpoint.moment(), checkpoint) == null) {
            bytes += checkpoint.ram().newBytes();
            keepBudget();
        }
    }

    /** Keeps a near one and forgets the oldest of them when there are too many. */
    void addNear(Checkpoint checkpoint) {
        if (regular.containsKey(checkpoint.moment()) || near.put(checkpoint.moment(), checkpoint) != null) {
            return;
        }
        nearByAge.add(checkpoint.moment());
        if (nearByAge.size() > NEAR_LIMIT) {
            near.remove(nearByAge.remove(0));
        }
        bytes += checkpoint.ram().newBytes();
        keepBudget();
    }

    private void keepBudget() {
        if (bytes <= budget) {
            return;
        }
        long enough = budget / 4 * 3;
        near.clear();
        nearByAge.clear();
        bytes = countBytes(regular.values());
        while (bytes > enough && regular.size() > 2) {
            Long nearest = endOfNarrowestGap();
            if (nearest - regular.lowerKey(nearest) < 2 * spacing) {
                thin();
            } else {
                regular.remove(nearest);
            }
            bytes = countBytes(regular.values());
        }
    }

    private Long endOfNarrowestGap() {
        Long found = null;
        for (Long moment : regular.tailMap(regular.firstKey(), false).keySet()) {
            boolean narrower = found == null
                    || moment - regular.lowerKey(moment) < found - regular.lowerKey(found);
            found = narrower ? moment : found;
        }
        return found;
    }

    private void thin() {
        spacing *= 2;
        Long last = null;
        for (Long moment : List.copyOf(regular.keySet())) {
            if (last != null && moment - last < spacing) {
                regular.remove(moment);
            } else {
                last = moment;
            }
        }
    }

    private static long countBytes(Collection<Checkpoint> checkpoints) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        long sum = 0;
        for (Checkpoint checkpoint : checkpoints) {
            sum += RamHistory.bytesOf(checkpoint.ram(), seen);
        }
        return sum;
    }
}
