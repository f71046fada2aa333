package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.StopPoint.AtInstruction;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.WriteSearch;
import org.retrovisor.replay.WriteSearch.Cause;
import org.retrovisor.replay.WriteSearch.Range;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Which writes a stop point sees, and who is told to have made them: aliases, address spaces, REP, devices, frames. */
@Timeout(120)
class WatchTest {
    private static final long END = 43;

    @TempDir
    private static Path folder;

    private static Trace trace;
    private static Timeline timeline;

    @BeforeAll
    static void record() {
        TinyGuest.record(folder.resolve("tiny.rv"));
        trace = Traces.open(folder.resolve("tiny.rv"));
        timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26, 5, 1);
        timeline.seekEnd(() -> false);
        assertEquals(END, timeline.moment());
    }

    @AfterAll
    static void close() {
        if (timeline != null) {
            timeline.close();
            trace.close();
        }
    }

    private static AtAccess linear(long address, int length) {
        return new AtAccess(address, length, false, true);
    }

    private static AtAccess physical(long address, int length) {
        return new AtAccess(address, length, false, true, true);
    }

    /** The moments of all stops, which must be the same forward (behind the access) and backward (before it). */
    private static List<Long> stops(StopPoint point) {
        boolean access = point instanceof AtAccess;
        StopPoints stops = new StopPoints(List.of(point));
        List<Long> forward = new ArrayList<>();
        timeline.seek(0, () -> false);
        while (timeline.continueForward(stops, () -> false).reason() == Outcome.Reason.STOP_POINT) {
            forward.add(timeline.moment());
        }
        List<Long> backward = new ArrayList<>();
        timeline.seekEnd(() -> false);
        while (timeline.continueBack(stops, () -> false).reason() == Outcome.Reason.STOP_POINT) {
            backward.add(timeline.moment() + (access ? 1 : 0));
        }
        Collections.reverse(backward);
        assertEquals(forward, backward);
        return forward;
    }

    @Test
    void aPhysicalWatchSeesEveryMappingAndALinearOneEveryAddressSpace() {
        assertEquals(List.of(1L, 3L, 32L), stops(physical(TinyGuest.DATA, 2)));
        assertEquals(List.of(1L, 32L), stops(linear(TinyGuest.DATA, 2)));
        assertEquals(List.of(3L, 31L), stops(linear(TinyGuest.ALIAS, 1)));
        assertEquals(List.of(31L), stops(physical(TinyGuest.OTHER, 1)));
    }

    @Test
    void aRepInstructionStopsAtTheVeryIteration() {
        assertEquals(List.of(7L), stops(physical(TinyGuest.DATA + 8, 1)));
        assertEquals(List.of(14L), stops(linear(TinyGuest.DATA + 15, 1)));
        assertEquals(List.of(21L, 22L), stops(linear(TinyGuest.DATA + 22, 4)));
    }

    @Test
    void whatADeviceWritesCountsForBothKindsOfWatch() {
        assertEquals(List.of(15L, 28L), stops(physical(TinyGuest.DEVICE_WRITES, 1)));
        assertEquals(List.of(16L, 28L), stops(linear(TinyGuest.DEVICE_WRITES + 1, 1)));
        assertEquals(List.of(28L), stops(linear(TinyGuest.ALIAS + 0x10, 2)));
        assertEquals(List.of(), stops(linear(TinyGuest.ALIAS + 0x12, 2)));
    }

    @Test
    void aBreakpointCountsBeforeItsPageIsMappedAndInWhateverAddressSpace() {
        assertEquals(List.of(35L), stops(new AtInstruction(TinyGuest.LATE)));
    }

    // ---------------------------------------------------------------- who wrote this?

    private static WriteSearch.Write last(long physical, int length, long moment) {
        timeline.seek(40, () -> false);
        WriteSearch.Answer answer = new WriteSearch(timeline)
                .last(List.of(new Range(physical, length)), moment, () -> false);
        assertEquals(40, timeline.moment(), "it stands where it stood");
        return answer.write();
    }

    @Test
    void theLastWriterIsFoundThroughWhateverMapping() {
        WriteSearch.Write write = last(TinyGuest.DATA, 2, 40);
        assertEquals(32, write.moment());
        assertArrayEquals(new byte[]{2, 0}, write.before());
        assertArrayEquals(new byte[]{2, 4}, write.after());
        assertEquals(Cause.INSTRUCTION, write.cause());
        write = last(TinyGuest.DATA, 2, 31);
        assertEquals(3, write.moment());
        assertArrayEquals(new byte[]{1, 0}, write.before());
        assertEquals(3, last(TinyGuest.DATA, 2, 3).moment());
        assertEquals(1, last(TinyGuest.DATA, 2, 2).moment());
        assertEquals(null, last(TinyGuest.DATA, 2, 0));
    }

    @Test
    void interruptsExceptionsAndDevicesAreCalledByTheirNames() {
        assertEquals(Cause.DEVICE, last(TinyGuest.DEVICE_WRITES, 2, 40).cause());
        WriteSearch.Write exception = last(TinyGuest.STACK - 16, 8, 40);
        assertEquals(38 - 1, exception.moment());
        assertEquals(Cause.EXCEPTION, exception.cause());
        WriteSearch.Write interrupt = last(TinyGuest.STACK - 16, 8, 36);
        assertEquals(25, interrupt.moment());
        assertEquals(Cause.INTERRUPT, interrupt.cause());
        WriteSearch.Write call = last(TinyGuest.STACK - 8, 8, 36);
        assertEquals(35, call.moment());
        assertEquals(Cause.INSTRUCTION, call.cause());
    }

    @Test
    void linearAddressesAreTranslatedPageByPage() {
        timeline.seek(3, () -> false);
        WriteSearch search = new WriteSearch(timeline);
        assertEquals(List.of(new Range(TinyGuest.DATA + 4, 4)), search.behind(0, TinyGuest.ALIAS + 4, 4));
        assertEquals(List.of(), search.behind(0, TinyGuest.ALIAS + 0xFFF, 2));
        assertEquals(
                List.of(new Range(TinyGuest.DATA + 0xFFE, 2), new Range(TinyGuest.OTHER, 3)),
                search.behind(0, TinyGuest.DATA + 0xFFE, 5));
    }

    @Test
    void anInterruptedSearchStandsWhereItStood() {
        timeline.seek(40, () -> false);
        WriteSearch.Answer answer = new WriteSearch(timeline)
                .last(List.of(new Range(0x100, 1)), 40, () -> true);
        assertEquals(Outcome.Reason.INTERRUPTED, answer.reason());
        assertEquals(40, timeline.moment());
        assertTrue(answer.write() == null);
    }
}
