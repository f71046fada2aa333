package org.retrovisor.replay;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.proto.Footprint;
import org.retrovisor.trace.proto.Interval;
import org.retrovisor.trace.proto.MachineStateHead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Footprints from a trace, which are a stranger's. */
class RecordedFootprintTest {
    private static Footprint.Builder good() {
        return Footprint.newBuilder()
                .addExecutedPages(5).addExecutedLines(2).addExecutedPages(3).addExecutedLines(-1)
                .addLinearPages(0).addLinearPages(7).setLinearKinds(ByteString.copyFrom(new byte[]{1, 3}))
                .addPhysicalPages(9).setPhysicalKinds(ByteString.copyFrom(new byte[]{2}));
    }

    @Test
    void aGoodOneSaysWhatWasWritten() {
        org.retrovisor.monitor.Footprint footprint = RecordedFootprint.decode(good().build());
        assertTrue(footprint.mayExecute(5 << 12 | 64));
        assertFalse(footprint.mayExecute(5 << 12 | 63));
        assertTrue(footprint.mayExecute(8 << 12 | 4000));
        assertTrue(footprint.mayTouch(100, 8, true, false, false));
        assertFalse(footprint.mayTouch(100, 8, false, true, false));
        assertTrue(footprint.mayTouch(0x6FFF, 2, false, true, false));
        assertTrue(footprint.mayTouch(9 << 12, 1, false, true, true));
        assertFalse(footprint.mayTouch(9 << 12, 1, true, false, true));
    }

    private static MachineStateHead.Builder head(long... ends) {
        MachineStateHead.Builder head = MachineStateHead.newBuilder().setMoment(100);
        for (long end : ends) {
            head.addIntervals(Interval.newBuilder().setEndMoment(end).setFootprint(good()));
        }
        return head;
    }

    @Test
    void intervalsFollowEachOtherUpToTheCheckpoint() {
        IntervalIndex index = new IntervalIndex();
        RecordedFootprint.addAll(head(40, 60, 90).build(), 20, index);
        StopPoints nowhere = new StopPoints(List.of(new StopPoint.AtInstruction(0)));
        assertEquals(100, index.skip(0, 100, nowhere), "nothing is known of the rest");
        assertEquals(20, index.skip(0, 90, nowhere));
        RecordedFootprint.addAll(head().build(), 20, index);
        refusedIntervals(head(20));
        refusedIntervals(head(50, 50));
        refusedIntervals(head(50, 40));
        refusedIntervals(head(50, 101));
        refusedIntervals(head(-1));
        refusedIntervals(head().addIntervals(Interval.newBuilder().setEndMoment(30)));
    }

    private static void refusedIntervals(MachineStateHead.Builder head) {
        assertThrows(TraceException.class, () -> RecordedFootprint.addAll(head.build(), 20, new IntervalIndex()));
    }

    @Test
    void oneThatBreaksTheRulesIsRefused() {
        refused(bad -> bad.addExecutedPages(1));
        refused(bad -> bad.setExecutedLines(0, 0));
        refused(bad -> bad.setExecutedPages(1, 0));
        refused(bad -> bad.setExecutedPages(1, -2));
        refused(bad -> bad.setExecutedPages(1, (1L << 52) - 5));
        refused(bad -> bad.setExecutedPages(0, Long.MIN_VALUE));
        refused(bad -> bad.setLinearKinds(ByteString.copyFrom(new byte[]{1})));
        refused(bad -> bad.setLinearKinds(ByteString.copyFrom(new byte[]{1, 0})));
        refused(bad -> bad.setLinearKinds(ByteString.copyFrom(new byte[]{1, 4})));
        refused(bad -> bad.setPhysicalKinds(ByteString.copyFrom(new byte[]{(byte) 0x82})));
    }

    private static void refused(Consumer<Footprint.Builder> change) {
        Footprint.Builder bad = good();
        change.accept(bad);
        TraceException e = assertThrows(TraceException.class, () -> RecordedFootprint.decode(bad.build()));
        assertEquals(TraceException.Reason.CORRUPT, e.reason());
    }
}
