package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which checkpoints are kept.
 *
 * <p>Two kinds. <em>Regular</em> ones stand at least {@link #spacing} moments apart over all that was executed so far;
 * when their pages outgrow the budget every second one goes and the spacing doubles, so that no moment is ever farther
 * than two spacings from one. <em>Near</em> ones, at most {@link #NEAR_LIMIT}, stand where the user was lately, so that
 * the second step back is cheaper than the first.
 */
final class Checkpoints {
    private static final int NEAR_LIMIT = 48;
    private static final long FIRST_SPACING = 4_000_000;
    private static final int PAGE_BYTES = 4096 + 24;

    private final NavigableMap<Long, Checkpoint> regular = new TreeMap<>();
    private final NavigableMap<Long, Checkpoint> near = new TreeMap<>();
    private final List<Long> nearByAge = new ArrayList<>();
    private final long budget;
    private long spacing = FIRST_SPACING;
    private long bytes;

    /** Nothing yet; {@code budget} is in bytes of copied pages. */
    Checkpoints(long budget) {
        this.budget = budget;
    }

    /** Moments between regular checkpoints. */
    long spacing() {
        return spacing;
    }

    /** How many there are. */
    int count() {
        return regular.size() + near.size();
    }

    /** Bytes of pages that they hold, an estimate from above. */
    long bytes() {
        return bytes;
    }

    /** The latest one at or before a moment. The first, at moment 0, is always there. */
    Checkpoint floor(long moment) {
        Map.Entry<Long, Checkpoint> a = regular.floorEntry(moment);
        Map.Entry<Long, Checkpoint> b = near.floorEntry(moment);
        if (a == null || b != null && b.getKey() > a.getKey()) {
            return b == null ? null : b.getValue();
        }
        return a.getValue();
    }

    /** The next moment after {@code moment} at which a regular one is due. */
    long nextDue(long moment) {
        Map.Entry<Long, Checkpoint> before = regular.floorEntry(moment);
        long due = (before == null ? 0 : before.getKey()) + spacing;
        Long after = regular.higherKey(moment);
        if (after != null && after < due + spacing) {
            return Long.MAX_VALUE; // the gap is narrow enough
        }
        return Math.max(due, moment);
    }

    /** Keeps a regular one. */
    void add(Checkpoint checkpoint) {
        regular.put(checkpoint.moment(), checkpoint);
        bytes += (long) checkpoint.ram().newPages() * PAGE_BYTES;
        while (bytes > budget && regular.size() > 2) {
            thin();
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
    }

    private void thin() {
        spacing *= 2;
        long last = Long.MIN_VALUE / 2;
        for (Long moment : List.copyOf(regular.keySet())) {
            if (moment != 0 && moment - last < spacing) {
                regular.remove(moment);
            } else {
                last = moment;
            }
        }
        near.clear();
        nearByAge.clear();
        bytes = count(regular.values());
    }

    private static long count(Iterable<Checkpoint> checkpoints) {
        Map<Object, Boolean> seen = new IdentityHashMap<>();
        long pages = 0;
        for (Checkpoint checkpoint : checkpoints) {
            for (byte[][] chunk : checkpoint.ram().chunks()) {
                if (chunk != null && seen.put(chunk, true) == null) {
                    for (byte[] page : chunk) {
                        if (page != null && seen.put(page, true) == null) {
                            pages++;
                        }
                    }
                }
            }
        }
        return pages * PAGE_BYTES;
    }
}
