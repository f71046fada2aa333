package org.retrovisor.recorder;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** When checkpoints are left in a trace, and the bounds of that. */
class CheckpointPolicyTest {
    private static final long STEP = 1 << 20;

    /** Records up to a moment; a moment takes a nanosecond, a checkpoint {@code cost}. Returns where checkpoints stand. */
    private static List<Long> record(CheckpointPolicy policy, long end, long cost) {
        List<Long> taken = new ArrayList<>();
        long spent = 0;
        for (long moment = 0; moment < end; moment += STEP) {
            long now = moment + spent;
            if (moment >= policy.dueMoment() && policy.due(moment, now)) {
                spent += cost;
                policy.taken(moment, now, now + cost);
                taken.add(moment);
            }
        }
        return taken;
    }

    private static CheckpointPolicy policy() {
        return new CheckpointPolicy(0, 0, CheckpointPolicy.NEAREST);
    }

    @Test
    void theWayBackToACheckpointIsANinthOfAllOrShort() {
        long end = 1L << 40;
        List<Long> taken = record(policy(), end, 0);
        long before = 0;
        for (long at : taken) {
            assertTrue(at - before >= CheckpointPolicy.NEAREST, "at " + at);
            assertTrue(at - before <= Math.max(CheckpointPolicy.NEAREST, at / 9) + 2 * STEP, "at " + at);
            before = at;
        }
        assertTrue(end - before <= end / 9 + STEP);
        assertTrue(taken.size() < 200, "there are " + taken.size());
    }

    @Test
    void intervalsAreAnEighthOfTheWayBetweenCheckpointsAndNeverShort() {
        assertEquals(8 * CheckpointPolicy.NEAREST, policy().intervalEnd(0));
        assertEquals((1L << 30) + 8 * CheckpointPolicy.NEAREST, policy().intervalEnd(1L << 30));
        assertEquals((1L << 40) + (1L << 40) / 64, policy().intervalEnd(1L << 40));
    }

    @Test
    void theBeginningIsCountedFromWhereTheRecordingBegan() {
        CheckpointPolicy policy = new CheckpointPolicy(1000, 0, CheckpointPolicy.NEAREST);
        assertFalse(policy.hasBegun(1000));
        assertFalse(policy.hasBegun((5L << 28) + 999));
        assertTrue(policy.hasBegun((5L << 28) + 1000));
    }

    @Test
    void eachIsWorthItsPages() {
        CheckpointPolicy policy = policy();
        long nearest = CheckpointPolicy.NEAREST;
        long pages = 3 * CheckpointPolicy.PAGE_SHARE;
        assertTrue(policy.due(nearest, 0));
        assertFalse(policy.worth(nearest, pages));
        assertFalse(policy.due(3 * nearest - 1, 0), "until then it need not be asked");
        assertFalse(policy.worth(3 * nearest - 1, pages));
        assertTrue(policy.due(4 * nearest, 0));
        assertTrue(policy.worth(4 * nearest, pages));
        policy.taken(4 * nearest, 0, 0);
        assertTrue(policy.worth(5 * nearest, CheckpointPolicy.PAGE_SHARE), "pages count since the one before");
        assertFalse(policy.worth(5 * nearest, CheckpointPolicy.PAGE_SHARE + 1));
    }

    @Test
    void checkpointsTakeAFiftiethOfTheTimeAndTheAllowance() {
        long end = 20L << 30;
        for (long cost : List.of(1_000_000L, 30_000_000L, 1_000_000_000L)) {
            int count = record(policy(), end, cost).size();
            assertTrue(count > 0, "with a cost of " + cost);
            long spentBeforeTheLast = (count - 1) * cost;
            assertTrue(spentBeforeTheLast <= CheckpointPolicy.ALLOWANCE + (end + spentBeforeTheLast) / 50,
                    count + " with a cost of " + cost);
        }
    }

    @Test
    void noneIsDueWhenTheDiskHasHadItsShare() {
        CheckpointPolicy policy = policy();
        policy.taken(1000, 0, 0);
        policy.stored(CheckpointPolicy.MOST_BYTES - 1);
        assertTrue(policy.due(CheckpointPolicy.NEAREST + 1000, 0));
        policy.stored(1);
        assertFalse(policy.due(Long.MAX_VALUE - 1, 0));
        policy.taken(5000, 0, 0);
        assertFalse(policy.due(Long.MAX_VALUE - 1, 0));
    }

    @Test
    void theirNumberIsBoundedAndOneIsLeftForTheEnd() {
        CheckpointPolicy policy = new CheckpointPolicy(0, 0, 1);
        long moment = 0;
        int count = 0;
        while (policy.dueMoment() < Long.MAX_VALUE / 2 && count < 5000) {
            moment = policy.dueMoment();
            policy.taken(moment, 0, 0);
            count++;
        }
        assertTrue(count <= CheckpointPolicy.MOST, "there are " + count);
        assertEquals(CheckpointPolicy.MOST + 1, org.retrovisor.trace.CheckpointFolder.MOST);
    }
}
