package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.DivergenceException;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.travel.AlteredTrace.Event;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A replay that leaves the recorded path stops at once, and names the event and the moment. */
@Timeout(120)
class DivergenceTest {
    @TempDir
    private static Path folder;

    private static Trace trace;
    private static List<Event> events;

    @BeforeAll
    static void record() {
        Recording.of(EmbeddedGuest.SELFTEST, Long.MAX_VALUE, folder.resolve("selftest.rv"));
        trace = Traces.open(folder.resolve("selftest.rv"));
        events = AlteredTrace.events(trace);
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
    }

    private static Timeline open(Trace altered) {
        return Timeline.open(altered, Interpreter::new, value -> {}, 1 << 26, 100_000, 1);
    }

    private static DivergenceException replay(String name, List<Event> altered) {
        try (Trace bad = AlteredTrace.ended(trace, folder.resolve(name), altered);
                Timeline timeline = open(bad)) {
            return assertThrows(DivergenceException.class, () -> timeline.replayToEnd(moment -> true));
        }
    }

    /** The number of the first event of a kind in the second half of the trace. */
    private static int find(EventKind kind) {
        return IntStream.range(events.size() / 2, events.size())
                .filter(i -> events.get(i).kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    private static void assertDivergedAt(int event, DivergenceException divergence) {
        assertEquals(event, divergence.event());
        assertEquals(events.get(event).moment(), divergence.moment());
        String place = "at event " + event + ", moment " + events.get(event).moment() + ": ";
        assertTrue(divergence.getMessage().contains(place), divergence.getMessage());
    }

    @Test
    void anUnalteredCopyReplays() {
        try (Trace good = AlteredTrace.ended(trace, folder.resolve("same.rv"), events);
                Timeline timeline = open(good)) {
            assertEquals(StopReason.DEBUG_EXIT, timeline.replayToEnd(moment -> true));
            assertArrayEquals(
                    trace.manifest().getEnd().getFinalDigest().toByteArray(), MachineDigest.of(timeline.machine()));
        }
    }

    @Test
    void aMissingAnswerIsNoticedByItsQuestion() {
        int event = find(EventKind.PORT_READ);
        List<Event> altered = new ArrayList<>(events);
        altered.remove(event);
        DivergenceException divergence = replay("missing.rv", altered);
        assertDivergedAt(event, divergence);
        assertTrue(divergence.getMessage().contains("the guest asks for PORT_READ, the trace has "));
    }

    @Test
    void anAnswerToAQuestionThatIsNotAskedIsNoticed() {
        int event = find(EventKind.PORT_READ);
        Event before = events.get(event - 1);
        List<Event> altered = new ArrayList<>(events);
        altered.add(event, new Event(EventKind.RANDOM, before.moment() + 1, 7));
        DivergenceException divergence = replay("extra.rv", altered);
        assertEquals(event, divergence.event());
        assertTrue(divergence.moment() > before.moment(), divergence.getMessage());
        assertTrue(divergence.moment() <= events.get(event).moment(), divergence.getMessage());
    }

    @Test
    void anAnswerOfAnotherKindIsNoticed() {
        int event = find(EventKind.PORT_READ);
        List<Event> altered = new ArrayList<>(events);
        altered.set(event, new Event(EventKind.MMIO_READ, events.get(event).moment(), 0));
        assertDivergedAt(event, replay("kind.rv", altered));
    }

    @Test
    void anotherAnswerIsNoticedAsSoonAsTheGuestActsOnIt() {
        Event transmitterEmpty = events.stream()
                .filter(asked -> asked.kind() == EventKind.PORT_READ && asked.value() == 0x60)
                .findFirst()
                .orElseThrow();
        int event = events.indexOf(transmitterEmpty);
        List<Event> altered = new ArrayList<>(events);
        altered.set(event, transmitterEmpty.withValue(0)); // the guest asks again
        DivergenceException divergence = replay("value.rv", altered);
        assertEquals(event + 1, divergence.event(), divergence.getMessage());
        assertTrue(divergence.moment() > events.get(event).moment());
    }

    @Test
    void aMissingInterruptIsNoticed() {
        int event = find(EventKind.INTERRUPT);
        List<Event> altered = new ArrayList<>(events);
        altered.remove(event);
        DivergenceException divergence = replay("interrupt.rv", altered);
        assertEquals(event, divergence.event(), divergence.getMessage());
    }

    @Test
    void aDigestOfOtherOutputIsNoticed() {
        int event = find(EventKind.OUTWARD_DIGEST);
        List<Event> altered = new ArrayList<>(events);
        altered.set(event, events.get(event).withValue(events.get(event).value() ^ 1));
        DivergenceException divergence = replay("digest.rv", altered);
        assertDivergedAt(event, divergence);
        assertTrue(divergence.getMessage().contains("what the guest wrote to its devices differs"));
    }

    @Test
    void aTraceThatWasCutShortReplaysUpToItsLastEvent() {
        for (int i = 1; i <= 5; i++) {
            int count = events.size() / 6 * i;
            while (events.get(count).moment() == events.get(count - 1).moment()) {
                count++; // the last moment is whole
            }
            try (Trace cut = AlteredTrace.cutShort(trace, folder.resolve("cut" + i + ".rv"), events.subList(0, count));
                    Timeline timeline = open(cut);
                    Timeline whole = open(trace)) {
                assertEquals(StopReason.CUT_SHORT, timeline.replayToEnd(moment -> true));
                assertEquals(events.get(count - 1).moment(), timeline.moment());
                whole.seek(timeline.moment(), () -> false);
                assertArrayEquals(MachineDigest.of(whole.machine()), MachineDigest.of(timeline.machine()));
            }
        }
    }

    @Test
    void aTimelineThatDivergesGoesBackToWhereItWasAndStaysUsable() {
        int event = find(EventKind.PORT_READ);
        List<Event> altered = new ArrayList<>(events);
        altered.remove(event);
        try (Trace bad = AlteredTrace.ended(trace, folder.resolve("back.rv"), altered);
                Timeline timeline = open(bad);
                Timeline good = open(trace)) {
            long start = events.get(event).moment() - 250_000;
            timeline.seek(start, () -> false);
            good.seek(start, () -> false);
            assertThrows(DivergenceException.class, () -> timeline.seekEnd(() -> false));
            assertEquals(start, timeline.moment());
            assertArrayEquals(MachineDigest.of(good.machine()), MachineDigest.of(timeline.machine()));
            assertSentenceForGdb(new ReplayTarget(timeline), event);
            assertEquals(start, timeline.moment());
            timeline.stepBack(0, org.retrovisor.replay.StopPoints.NONE, () -> false);
            assertEquals(start - 1, timeline.moment());
        }
    }

    private static void assertSentenceForGdb(ReplayTarget target, int event) {
        assertEquals(List.of(new ProcessorId(0)), target.processors());
        TargetError error = assertThrows(
                TargetError.class, () -> target.continueForward(StopPoints.NONE, Interruption.NEVER));
        assertTrue(error.getMessage().contains("at event " + event), error.getMessage());
        assertTrue(error.getMessage().endsWith("you are back where you were"), error.getMessage());
    }
}
