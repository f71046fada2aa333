package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Footprint;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.StopPoint.AtInstruction;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What an engine takes down of its way holds all that was executed and touched, and not much else. */
@Timeout(180)
class FootprintTest {
    @TempDir
    private static Path folder;

    private static Trace trace;
    private static Reference reference;
    private static List<AtAccess> watches;
    private static List<BitSet> touched;

    @BeforeAll
    static void record() {
        Recording.of(EmbeddedGuest.SELFTEST, Long.MAX_VALUE, folder.resolve("selftest.rv"));
        trace = Traces.open(folder.resolve("selftest.rv"));
        reference = new Reference(trace);
        watches = new ArrayList<>();
        touched = new ArrayList<>();
        for (int part = 1; part < 4; part++) {
            long stack = reference.get(Processor.RSP, part * (reference.end / 4));
            watches.add(new AtAccess(stack - 64, 64, part != 2, part != 3));
            touched.add(reference.touched(watches.getLast()));
        }
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
    }

    @Test
    void theInterpreterTakesDownAllThatHappens() {
        check(1, Interpreter::new);
    }

    @Test
    void theTranslatorTakesDownAllThatHappens() {
        assumeTrue(Translator.available(), "this host cannot run generated code");
        check(2, machine -> new Translator(machine, 16 << 20, 2));
    }

    private static void check(long seed, Engine.Factory engines) {
        Random random = new Random(seed);
        try (Timeline timeline = Timeline.open(trace, engines, value -> {}, 0)) {
            Machine machine = timeline.machine();
            for (int low = 0; low < reference.end;) {
                int high = Math.min(reference.end, low + 1 + random.nextInt(1 << random.nextInt(17)));
                machine.footprint().start();
                machine.run(high);
                checkInterval(machine.footprint().taken(), low, high, "seed " + seed);
                low = high;
            }
        }
    }

    private static void checkInterval(Footprint footprint, int low, int high, String what) {
        String where = what + ": from " + low + " to " + high;
        for (int moment = low; moment < high; moment++) {
            long rip = reference.get(Processor.RIP, moment);
            boolean executable = rip < Recording.MEMORY; // the guest tries one jump into nowhere
            assertTrue(footprint.mayExecute(rip) || !executable, where + ", at " + moment);
        }
        for (int i = 0; i < watches.size(); i++) {
            AtAccess at = watches.get(i);
            int next = touched.get(i).nextSetBit(low + 1);
            if (next >= 0 && next <= high) {
                assertTrue(footprint.mayTouch(at.address(), at.length(), at.reads(), at.writes(), false), where + at);
                assertTrue(footprint.mayTouch(at.address(), at.length(), at.reads(), at.writes(), true),
                        where + at + " by physical address, which is the same here");
            }
        }
    }

    @Test
    void anInterpretedIntervalClaimsLittleElse() {
        int claimed = 0;
        int executed = 0;
        try (Timeline timeline = Timeline.open(trace, Interpreter::new, value -> {}, 0)) {
            Machine machine = timeline.machine();
            BitSet everywhere = lines(0, reference.end);
            for (int low = 0; low + 20_000 < reference.end; low += 20_000) {
                machine.footprint().start();
                machine.run(low + 20_000);
                Footprint footprint = machine.footprint().taken();
                claimed += (int) everywhere.stream().filter(line -> footprint.mayExecute(64L * line)).count();
                executed += lines(low, low + 20_000).cardinality();
            }
        }
        assertTrue(claimed <= executed + executed / 2, claimed + " lines claimed, " + executed + " executed");
    }

    /** Lines of 64 bytes in which an instruction begins that was executed. */
    private static BitSet lines(int low, int high) {
        BitSet lines = new BitSet();
        for (int moment = low; moment < high; moment++) {
            lines.set((int) (reference.get(Processor.RIP, moment) >>> 6));
        }
        return lines;
    }

    /** Counts moments that are executed. */
    private static final class CountingEngine extends PacedEngine {
        private final Machine machine;
        private long executed;

        CountingEngine(Machine machine) {
            super(new Interpreter(machine));
            this.machine = machine;
        }

        @Override
        public Exit run(Processor cpu, long limit) {
            long before = machine.moment();
            try {
                return super.run(cpu, limit);
            } finally {
                executed += machine.moment() - before;
            }
        }
    }

    @Test
    void aSearchExecutesOnlyWhatCanHoldAHit() {
        int spacing = 10_000;
        int once = onlyInOneInterval(spacing);
        CountingEngine[] engine = new CountingEngine[1];
        Engine.Factory engines = machine -> engine[0] = new CountingEngine(machine);
        try (Timeline timeline = Timeline.open(trace, engines, value -> {}, 1 << 30, spacing, 0)) {
            for (long moment = 0; moment < reference.end; moment += spacing) {
                timeline.seek(moment, () -> false);
            }
            timeline.seekEnd(() -> false);
            engine[0].executed = 0;
            StopPoints stops = new StopPoints(List.of(new AtInstruction(reference.get(Processor.RIP, once))));
            assertEquals(Outcome.Reason.STOP_POINT, timeline.continueBack(stops, () -> false).reason());
            assertTrue(engine[0].executed <= 6L * spacing,
                    engine[0].executed + " moments for a hit " + (reference.end - timeline.moment())
                            + " before the end");
        }
    }

    @Test
    void aStopNearbyIsFoundWithoutExecutingFar() {
        int interval = reference.end / 2;
        int here = 2 * interval - 10_000;
        CountingEngine[] engine = new CountingEngine[1];
        Engine.Factory engines = machine -> engine[0] = new CountingEngine(machine);
        try (Timeline timeline = Timeline.open(trace, engines, value -> {}, 1 << 30, interval, 0)) {
            timeline.continueForward(StopPoints.NONE, () -> false);
            timeline.seek(here, () -> false);
            engine[0].executed = 0;
            long near = reference.get(Processor.RIP, here - 20);
            StopPoints stops = new StopPoints(List.of(new AtInstruction(near)));
            assertEquals(Outcome.Reason.STOP_POINT, timeline.continueBack(stops, () -> false).reason());
            assertTrue(timeline.moment() >= here - 20 && timeline.moment() < here, "at " + timeline.moment());
            assertTrue(engine[0].executed <= 2 << 12, engine[0].executed + " moments");
        }
    }

    @Test
    void whatTheRecorderTookDownSparesTheGuestBeingExecuted() {
        CountingEngine[] engine = new CountingEngine[1];
        Engine.Factory engines = machine -> engine[0] = new CountingEngine(machine);
        try (Timeline timeline = Timeline.open(trace, engines, value -> {}, 1 << 30, 10_000, 0)) {
            timeline.seekEnd(() -> false);
            StopPoints nowhere = new StopPoints(List.of(
                    new AtInstruction(0x7FF_0000), new AtAccess(0x7FF_0000, 8, true, true)));
            assertEquals(Outcome.Reason.BEGINNING, timeline.continueBack(nowhere, () -> false).reason());
            assertEquals(0, engine[0].executed);
        }
    }

    /** An early moment at whose instruction nothing else comes by, nor at its line, in other intervals. */
    private static int onlyInOneInterval(int interval) {
        List<BitSet> all = new ArrayList<>();
        for (int low = 0; low < reference.end; low += interval) {
            all.add(lines(low, Math.min(low + interval, reference.end)));
        }
        for (int moment = 2 * interval; moment < reference.end / 2; moment++) {
            int line = (int) (reference.get(Processor.RIP, moment) >>> 6);
            if (all.stream().filter(lines -> lines.get(line) || lines.get(line - 1)).count() == 1) {
                return moment;
            }
        }
        assertFalse(all.isEmpty());
        throw new AssertionError("every line is executed in several intervals");
    }
}
