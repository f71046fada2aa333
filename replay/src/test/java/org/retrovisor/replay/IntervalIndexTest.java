package org.retrovisor.replay;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.Footprint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a search may leave out. */
class IntervalIndexTest {
    private static final Footprint.Pages NONE = new Footprint.Pages(new long[0], new long[0]);
    private static final StopPoints AT_5 = new StopPoints(List.of(new StopPoint.AtInstruction(5 << 12)));

    private final IntervalIndex index = new IntervalIndex();

    /** The first line of some pages was executed. */
    private static Footprint executed(long... pages) {
        long[] lines = new long[pages.length];
        java.util.Arrays.fill(lines, 1);
        return new Footprint(new Footprint.Pages(pages, lines), NONE, NONE, false);
    }

    @Test
    void whatNobodyKnowsIsNotLeftOut() {
        assertEquals(100, index.skip(0, 100, AT_5));
        index.add(50, 100, executed(4));
        assertEquals(50, index.skip(0, 100, AT_5));
        assertEquals(60, index.skip(60, 100, AT_5), "not below where the search ends");
        index.add(0, 50, executed(4, 6));
        assertEquals(0, index.skip(0, 100, AT_5));
    }

    @Test
    void anIntervalWithAHitIsNotLeftOut() {
        index.add(0, 10, executed(4));
        index.add(10, 20, executed(4, 5));
        index.add(20, 30, executed(6));
        assertEquals(20, index.skip(0, 30, AT_5));
        assertEquals(15, index.skip(0, 15, AT_5));
        assertEquals(0, index.skip(0, 10, AT_5));
    }

    @Test
    void eitherLayerIsEnoughToLeaveSomethingOut() {
        index.addCoarse(new IntervalIndex.Interval(0, 100, executed(5)));
        index.addCoarse(new IntervalIndex.Interval(100, 200, executed(4)));
        assertEquals(100, index.skip(0, 200, AT_5));
        index.add(60, 100, executed(4));
        index.add(100, 150, executed(5)); // says less than the coarse one
        assertEquals(60, index.skip(0, 200, AT_5));
    }

    @Test
    void whatTheTraceSaysOfAWayCountsWhereItHasNoGapAndIsNarrowEnough() {
        index.addCoarse(new IntervalIndex.Interval(10, 20, executed(4)));
        index.addCoarse(new IntervalIndex.Interval(20, 50, executed(5)));
        index.addCoarse(new IntervalIndex.Interval(60, 70, executed(5)));
        assertTrue(index.isRecorded(10, 50, 30));
        assertTrue(index.isRecorded(15, 45, 30));
        assertTrue(index.isRecorded(15, 20, 10));
        assertFalse(index.isRecorded(15, 21, 29), "30 long");
        assertFalse(index.isRecorded(9, 20, 30));
        assertFalse(index.isRecorded(15, 51, 30));
        assertFalse(index.isRecorded(40, 65, 30), "a gap");
        index.add(50, 60, executed(4));
        assertFalse(index.isRecorded(40, 65, 30), "that was executed, but not recorded");
    }

    @Test
    void theWayIsCutIntoPiecesOfWhichTheTraceSaysOneThing() {
        index.addCoarse(new IntervalIndex.Interval(10, 20, executed(4)));
        index.addCoarse(new IntervalIndex.Interval(20, 30, executed(5)));
        assertEquals(new IntervalIndex.Piece(10, true), index.piece(0, 100, AT_5), "of this it says nothing");
        assertEquals(new IntervalIndex.Piece(20, false), index.piece(10, 100, AT_5));
        assertEquals(new IntervalIndex.Piece(15, false), index.piece(12, 15, AT_5));
        assertEquals(new IntervalIndex.Piece(30, true), index.piece(20, 100, AT_5));
        assertEquals(new IntervalIndex.Piece(100, true), index.piece(30, 100, AT_5));
    }

    @Test
    void whatIsKnownIsNotReplacedAndGapsAreFilled() {
        index.add(20, 40, executed(1));
        index.add(60, 80, executed(1));
        index.add(10, 100, executed(5));
        assertEquals(10, index.around(10).low());
        assertEquals(20, index.around(10).high());
        assertEquals(executed(1).executed().numbers()[0], index.around(30).footprint().executed().numbers()[0]);
        assertEquals(40, index.around(50).low());
        assertEquals(60, index.around(50).high());
        assertEquals(80, index.around(99).low());
        assertNull(index.around(100));
        assertNull(index.around(9));
        assertEquals(100, index.gapBefore(120));
        assertEquals(0, index.gapBefore(5));
    }

    @Test
    void manyIntervalsAreJoinedAndNothingIsLost() {
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            index.add(10L * i, 10L * i + 10, i % 1000 == 7 ? executed(5) : executed(4));
        }
        long found = 0;
        long longest = 0;
        for (long at = 10L * count; at > 0;) {
            at = index.skip(0, at, AT_5);
            if (at > 0) {
                IntervalIndex.Interval interval = index.around(at - 1);
                longest = Math.max(longest, interval.high() - interval.low());
                found++;
                at = interval.low();
            }
        }
        assertEquals(count / 1000, found);
        assertTrue(longest > 10 && longest < 1000, "neighbours were joined: " + longest);
    }
}
