package org.retrovisor.replay;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The policy: what is kept, under which bounds. */
class CheckpointsTest {
    private static final int SPACING = 1000;
    private static final int PAGES = 10;

    private final PageSlabs slabs = new PageSlabs();
    private SavedPage[][] ram = new SavedPage[4][];

    @AfterEach
    void giveBack() {
        slabs.close();
    }

    /** A checkpoint whose guest has written ten pages since the one before. */
    private Checkpoint at(long moment) {
        ram = ram.clone();
        ram[0] = new SavedPage[512];
        SavedPage.Writer writer = new SavedPage.Writer(slabs);
        for (int i = 0; i < PAGES; i++) {
            ram[0][i] = writer.save(new byte[4096]);
        }
        long bytes = RamHistory.bytesOf(new RamHistory.Snapshot(ram, 0), new java.util.HashSet<>());
        return new Checkpoint(moment, List.of(), new RamHistory.Snapshot(ram, bytes), null);
    }

    /** Executes on to a moment as a timeline does, and leaves checkpoints where they are due. */
    private void execute(Checkpoints checkpoints, long from, long to) {
        long moment = from;
        while (moment < to) {
            if (checkpoints.nextDue(moment) == moment) {
                checkpoints.add(at(moment));
            }
            moment = Math.min(to, Math.max(moment + 1, checkpoints.nextDue(moment)));
        }
    }

    @Test
    void aMomentThatWasPassedIsAtMostTwoSpacingsBehindACheckpoint() {
        Checkpoints checkpoints = new Checkpoints(3_000_000, SPACING);
        checkpoints.add(at(0));
        execute(checkpoints, 0, 500_000);
        for (long moment = 0; moment < 500_000; moment += 7) {
            long distance = moment - checkpoints.floor(moment).moment();
            assertTrue(distance <= 2 * checkpoints.spacing(), "moment " + moment + " is " + distance + " behind");
        }
        assertTrue(checkpoints.spacing() > SPACING, "the budget was reached");
    }

    @Test
    void theBudgetHoldsAtAnyTimeAndTheFirstCheckpointStays() {
        long budget = 1_000_000;
        Checkpoints checkpoints = new Checkpoints(budget, SPACING);
        checkpoints.add(at(0));
        for (long moment = 0; moment < 1_000_000; moment += 10_000) {
            execute(checkpoints, moment, moment + 10_000);
            checkpoints.addNear(at(moment + 9_999));
            assertTrue(checkpoints.bytes() <= budget, "at moment " + moment + ": " + checkpoints.bytes());
            assertEquals(0, checkpoints.floor(0).moment());
        }
        assertTrue(checkpoints.count() > 5, "and it is used");
    }

    @Test
    void aBudgetThatIsTooSmallLeavesTwo() {
        Checkpoints checkpoints = new Checkpoints(0, SPACING);
        checkpoints.add(at(0));
        execute(checkpoints, 0, 100_000);
        assertTrue(checkpoints.count() <= 2);
        assertEquals(0, checkpoints.floor(10).moment());
    }

    @Test
    void nearCheckpointsAreFewAndTheOldestGoFirst() {
        Checkpoints checkpoints = new Checkpoints(Long.MAX_VALUE, 1_000_000);
        checkpoints.add(at(0));
        for (int i = 1; i <= 1000; i++) {
            checkpoints.addNear(at(i));
        }
        assertTrue(checkpoints.count() < 100);
        assertEquals(1000, checkpoints.floor(5000).moment());
        assertEquals(0, checkpoints.floor(500).moment());
    }

    @Test
    void nothingIsDueWhereTheGapIsNarrow() {
        Checkpoints checkpoints = new Checkpoints(Long.MAX_VALUE, SPACING);
        checkpoints.add(at(0));
        assertEquals(1000, checkpoints.nextDue(1));
        checkpoints.add(at(1000));
        assertEquals(Long.MAX_VALUE, checkpoints.nextDue(1));
        assertEquals(2000, checkpoints.nextDue(1000));
        assertEquals(5000, checkpoints.nextDue(5000), "overdue");
    }

    @Test
    void farApartTheyGoOneByOneAndTheSpacingStays() {
        Checkpoints checkpoints = new Checkpoints(500_000, SPACING);
        checkpoints.add(at(0));
        for (int i = 1; i < 40; i++) {
            checkpoints.add(at(i * 1_000_000L));
        }
        assertEquals(SPACING, checkpoints.spacing());
        assertTrue(checkpoints.count() > 2, "the budget has room for more");
        assertEquals(0, checkpoints.floor(500).moment());
    }
}
