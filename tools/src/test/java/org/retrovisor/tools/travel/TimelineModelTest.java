package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.replay.Hit;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Outcome.Reason;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.StopPoint.AtInstruction;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A timeline walks at random, and at each stop agrees with a machine that only ever ran forward from the beginning. */
@Timeout(300)
class TimelineModelTest {
    private static final int WALK = 40;

    @TempDir
    private static Path folder;

    private static Trace trace;
    private static Reference reference;
    private static int[] repeats;
    private static int[] frames;
    private static final Map<AtAccess, BitSet> TOUCHED = new HashMap<>();

    @BeforeAll
    static void record() {
        Path output = folder.resolve("selftest.rv");
        Recording.of(EmbeddedGuest.SELFTEST, Long.MAX_VALUE, output);
        trace = Traces.open(output);
        reference = new Reference(trace);
        frames = reference.handlerEntries().stream().toArray();
        repeats = reference.midRepeat().stream().toArray();
        assertTrue(frames.length > 10, "the guest is interrupted");
        assertTrue(repeats.length > 1000, "the guest uses REP");
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
        TOUCHED.clear();
    }

    private static Timeline open(long budget, long spacing) {
        return open(Interpreter::new, budget, spacing, 0);
    }

    private static Timeline open(Engine.Factory engines, long budget, long spacing, int helpers) {
        return Timeline.open(trace, engines, value -> {}, budget, spacing, helpers);
    }

    @ParameterizedTest
    @CsvSource({"1, 1000000000, 100000, 0", "2, 300000, 5000, 2", "3, 2000000, 20000, 0", "4, 1000000000, 4000000, 1",
        "5, 0, 700, 0", "11, 1000000000, 20000, 3"})
    void aTimelineAgreesWithAMachineThatAlwaysStartsAtTheBeginning(
            long seed, long budget, long spacing, int helpers) {
        walk(seed, open(Interpreter::new, budget, spacing, helpers));
    }

    /** Watches and breakpoints are the interpreter's business; the way from one to the next is the translator's. */
    @ParameterizedTest
    @CsvSource({"6, 1000000000, 100000, 0", "7, 2000000, 20000, 2"})
    void theSameHoldsWithTheTranslator(long seed, long budget, long spacing, int helpers) {
        assumeTrue(Translator.available(), "this host cannot run generated code");
        Engine.Factory translator = machine -> new Translator(machine, 16 << 20, 2);
        walk(seed, open(translator, budget, spacing, helpers));
    }

    private static void walk(long seed, Timeline opened) {
        Random random = new Random(seed);
        try (Timeline timeline = opened) {
            RareState.standing = timeline;
            for (int i = 0; i < WALK; i++) {
                move(timeline, random, "seed " + seed + ", step " + i + ", ");
            }
            compareDigests(timeline);
        }
    }

    @Test
    void aRepeatedInstructionIsReachedOnceAlsoFromACheckpointInItsMiddle() {
        int middle = Arrays.stream(repeats).filter(m -> reference.midRepeat().get(m + 1)).findFirst().orElseThrow();
        int first = reference.midRepeat().previousClearBit(middle);
        AtInstruction at = new AtInstruction(reference.get(Processor.RIP, middle));
        StopPoints stops = new StopPoints(List.of(at));
        try (Timeline timeline = open(1 << 30, 1 << 30)) {
            timeline.seek(middle + 4096, () -> false); // leaves a checkpoint in the middle
            timeline.seek(middle + 1, () -> false);
            checkHit(timeline, first, timeline.continueBack(stops, () -> false), at, null,
                    "back to the first iteration");
            timeline.seek(middle, () -> false);
            timeline.continueForward(stops, () -> false);
            assertTrue(timeline.atEnd() || !reference.midRepeat().get((int) timeline.moment()),
                    "past the other iterations");
        }
    }

    @Test
    void whateverArrivesAtAMomentIsThereWhenAWatchStopsAtIt() {
        StopPoints all = new StopPoints(List.of(new AtAccess(0, Recording.MEMORY, true, true)));
        try (Timeline timeline = open(1 << 30, 100_000)) {
            for (int frame : frames) {
                timeline.seek(frame - 1, () -> false);
                Outcome outcome = timeline.continueForward(all, () -> false);
                checkHit(timeline, frame, outcome, all.points().get(0), null, "handler at moment " + frame);
                outcome = timeline.continueBack(all, () -> false);
                checkHit(timeline, frame - 1, outcome, all.points().get(0), null, "back from moment " + frame);
            }
        }
    }

    /** One random movement, and what it must come to. */
    private static void move(Timeline timeline, Random random, String where) {
        long start = timeline.moment();
        String what = where + "from moment " + start + ": ";
        switch (random.nextInt(6)) {
            case 0 -> {
                long goal = moment(random, reference.end + 1);
                what += "seek " + goal;
                Outcome outcome = timeline.seek(goal, () -> false);
                check(timeline, goal, outcome, goal == reference.end ? Reason.END : Reason.DONE, what);
            }
            case 1 -> stepForward(timeline, random, what + "step forward");
            case 2 -> stepBack(timeline, random, what + "step back");
            case 3 -> continueForward(timeline, random, what + "continue forward to ");
            default -> continueBack(timeline, random, what + "continue back to ");
        }
    }

    private static void stepForward(Timeline timeline, Random random, String what) {
        for (int i = random.nextInt(5); i >= 0; i--) {
            long start = timeline.moment();
            Outcome outcome = timeline.stepForward(0, rip -> false, StopPoints.NONE, () -> false);
            boolean atEnd = start == reference.end;
            check(timeline, atEnd ? start : start + 1, outcome, atEnd ? Reason.END : Reason.DONE, what);
        }
    }

    private static void stepBack(Timeline timeline, Random random, String what) {
        for (int i = random.nextInt(5); i >= 0; i--) {
            long start = timeline.moment();
            Outcome outcome = timeline.stepBack(0, StopPoints.NONE, () -> false);
            check(timeline, Math.max(start - 1, 0), outcome, start == 0 ? Reason.BEGINNING : Reason.DONE, what);
        }
    }

    private static void continueForward(Timeline timeline, Random random, String what) {
        StopPoints stops = stops(random);
        long at = timeline.moment();
        StopPoint found = null;
        while (at < reference.end && found == null) {
            at++;
            found = accessed(stops, at);
            found = found != null ? found : reached(stops, at);
        }
        Outcome outcome = timeline.continueForward(stops, () -> false);
        checkHit(timeline, at, outcome, found, Reason.END, what + stops);
    }

    private static void continueBack(Timeline timeline, Random random, String what) {
        StopPoints stops = stops(random);
        long at = timeline.moment();
        StopPoint found = null;
        while (at > 0 && found == null) {
            at--;
            found = accessed(stops, at + 1);
            found = found != null ? found : reached(stops, at);
        }
        Outcome outcome = timeline.continueBack(stops, () -> false);
        checkHit(timeline, at, outcome, found, Reason.BEGINNING, what + stops);
    }

    /** Any moment, or one inside a REP instruction or at the beginning of a handler. */
    private static int moment(Random random, int bound) {
        return switch (random.nextInt(3)) {
            case 0 -> repeats[random.nextInt(repeats.length)];
            case 1 -> frames[random.nextInt(frames.length)];
            default -> random.nextInt(bound);
        };
    }

    // ---------------------------------------------------------------- stop points

    private static StopPoints stops(Random random) {
        List<StopPoint> points = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            points.add(new AtInstruction(reference.get(Processor.RIP, moment(random, reference.end))));
        }
        for (int i = random.nextInt(2); i > 0; i--) {
            points.add(access(random));
        }
        int mask = random.nextInt(3) == 0 ? 0 : random.nextInt(64);
        int value = mask & random.nextInt(64);
        return new StopPoints(points, new RareState(mask, value));
    }

    /** A few addresses only, for each costs a run from the beginning. */
    private static AtAccess access(Random random) {
        if (random.nextInt(3) == 0) {
            int frame = frames[random.nextInt(3) * frames.length / 3];
            return new AtAccess(reference.get(Processor.RSP, frame) - 16, 64, random.nextBoolean(), true);
        }
        long moment = random.nextInt(8) * (reference.end / 8) + 12_345;
        int register = random.nextInt(2) == 0 ? Processor.RSP : Processor.RDI;
        long address = reference.get(register, moment);
        boolean plain = address > 0 && address < Recording.MEMORY - 4096;
        long linear = plain ? address - 8 : 0x7000;
        return switch (random.nextInt(3)) {
            case 0 -> new AtAccess(linear, 8, false, true);
            case 1 -> new AtAccess(linear + 3, 1, true, false);
            default -> new AtAccess(linear, 100, true, true);
        };
    }

    /** A condition that looks at registers; asked at a moment of the timeline or of the reference alike. */
    private record RareState(int mask, int value) implements java.util.function.Predicate<Hit> {
        private static Timeline standing; // the one under test

        boolean holds(long[] state) {
            long mixed = 0;
            for (long register : state) {
                mixed = (mixed ^ register) * 0x9E37_79B9_7F4A_7C15L;
            }
            return (mixed >>> 58 & mask) == value;
        }

        @Override
        public boolean test(Hit hit) {
            return holds(Reference.state(standing.machine()));
        }
    }

    private static StopPoint accessed(StopPoints stops, long after) {
        for (StopPoint point : stops.points()) {
            if (point instanceof AtAccess at
                    && TOUCHED.computeIfAbsent(at, reference::touched).get((int) after)
                    && counts(stops, after)) {
                return at;
            }
        }
        return null;
    }

    private static StopPoint reached(StopPoints stops, long moment) {
        for (StopPoint point : stops.points()) {
            if (point instanceof AtInstruction at && reference.reaches(at.linear(), moment) && counts(stops, moment)) {
                return at;
            }
        }
        return null;
    }

    private static boolean counts(StopPoints stops, long moment) {
        return ((RareState) stops.counts()).holds(reference.state(moment));
    }

    // ---------------------------------------------------------------- verdicts

    private static void checkHit(
            Timeline timeline, long moment, Outcome outcome, StopPoint found, Reason otherwise, String what) {
        check(timeline, moment, outcome, found == null ? otherwise : Reason.STOP_POINT, what);
        assertEquals(found, outcome.hit() == null ? null : outcome.hit().point(), what);
    }

    private static void check(Timeline timeline, long moment, Outcome outcome, Reason reason, String what) {
        assertEquals(moment, timeline.moment(), what);
        assertEquals(reason, outcome.reason(), what);
        assertArrayEquals(reference.state(moment), Reference.state(timeline.machine()), what);
    }

    private static void compareDigests(Timeline timeline) {
        try (Timeline fresh = open(0, Long.MAX_VALUE / 4)) {
            fresh.seek(timeline.moment(), () -> false);
            assertArrayEquals(MachineDigest.of(fresh.machine()), MachineDigest.of(timeline.machine()));
        }
    }
}
