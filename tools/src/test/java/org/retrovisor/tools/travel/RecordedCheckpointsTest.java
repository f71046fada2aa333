package org.retrovisor.tools.travel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.TraceFolders;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.StoredCheckpoint;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checkpoints that the recorder left: a replay from one is the replay from the beginning. */
@Timeout(120)
class RecordedCheckpointsTest {
    @TempDir
    private static Path folder;

    private static Path output;
    private static Trace trace;
    private static List<Long> stored;

    @BeforeAll
    static void record() {
        output = folder.resolve("selftest.rv");
        Recording.of(EmbeddedGuest.SELFTEST, Long.MAX_VALUE, output);
        trace = Traces.open(output);
        stored = trace.checkpoints().stream().map(StoredCheckpoint::moment).toList();
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
    }

    private static Timeline open(Trace opened, Engine.Factory engines) {
        return Timeline.open(opened, engines, value -> {}, 1 << 28);
    }

    private static Timeline open() {
        return open(trace, Interpreter::new);
    }

    /** An engine of which {@code executed} can tell whether it was asked to go anywhere. */
    private static Engine.Factory watched(List<Long> limits) {
        return machine -> new PacedEngine(new Interpreter(machine)) {
            @Override
            public Exit run(org.retrovisor.monitor.processor.Processor cpu, long limit) {
                limits.add(limit);
                return super.run(cpu, limit);
            }
        };
    }

    @Test
    void theRecorderLeavesSomeAndOneAtTheEnd() {
        assertTrue(stored.size() >= 2, "there are " + stored.size());
        assertEquals(trace.manifest().getEnd().getMoment(), stored.getLast());
    }

    @Test
    void goingToTheEndExecutesNothing() {
        List<Long> limits = new ArrayList<>();
        try (Timeline timeline = open(trace, watched(limits))) {
            assertEquals(Outcome.Reason.END, timeline.seekEnd(() -> false).reason());
            assertEquals(List.of(), limits);
            assertEquals(trace.manifest().getEnd().getReasonValue(), timeline.endReason().code());
            assertArrayEquals(trace.manifest().getEnd().getFinalDigest().toByteArray(),
                    MachineDigest.of(timeline.machine()));
            assertEquals(timeline.events() - 1, timeline.eventNumber(), "all but the end is behind");
        }
        try (Timeline timeline = open()) {
            assertEquals(Outcome.Reason.END, timeline.seek(timeline.end(), () -> false).reason());
        }
    }

    @Test
    void whoeverWaitsForTheEndIsToldOfEachStateOnTheWay() {
        List<Long> told = new ArrayList<>();
        try (Timeline timeline = open()) {
            timeline.seekEnd(() -> false, told::add);
            assertEquals(stored, told);
            timeline.seek(timeline.end() - 1, () -> false);
            assertEquals(stored, told, "only on this way");
        }
        told.clear();
        Trace bare = AlteredTrace.withoutCheckpoints(output, folder.resolve("without.rv"));
        try (bare; Timeline timeline = open(bare, Interpreter::new)) {
            timeline.seekEnd(() -> false, told::add);
            assertTrue(told.size() > 2 && told.equals(told.stream().sorted().toList()), told.toString());
        }
    }

    @Test
    void stepsBackFromTheEndArePreparedInTheBackground() throws InterruptedException {
        try (Timeline timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 28, 10_000, 1)) {
            timeline.seekEnd(() -> false);
            int before = timeline.checkpointUse().count();
            timeline.prepareStepsBack();
            while (timeline.checkpointUse().count() < before + 3) {
                Thread.sleep(1);
            }
            timeline.stepBack(0, StopPoints.NONE, () -> false);
            assertEquals(timeline.end() - 1, timeline.moment());
        }
    }

    @Test
    void whatFollowsFromOneIsWhatFollowsFromTheBeginning() {
        List<byte[]> expected = new ArrayList<>();
        List<Long> moments = new ArrayList<>();
        try (Timeline fromTheBeginning = open(AlteredTrace.withoutCheckpoints(output, folder.resolve("bare.rv")),
                Interpreter::new)) {
            for (long moment : stored) {
                for (long at : new long[]{moment, moment + 1, moment + 777, moment + 30_000}) {
                    fromTheBeginning.seek(at, () -> false);
                    moments.add(at);
                    expected.add(MachineDigest.of(fromTheBeginning.machine()));
                }
            }
        }
        check(moments, expected, Interpreter::new);
        if (Translator.available()) {
            check(moments, expected, machine -> new Translator(machine, 16 << 20, 2));
        }
    }

    private static void check(List<Long> moments, List<byte[]> expected, Engine.Factory engines) {
        for (int i = 0; i < moments.size(); i++) {
            try (Timeline timeline = open(trace, engines)) {
                timeline.seek(moments.get(i), () -> false);
                assertArrayEquals(expected.get(i), MachineDigest.of(timeline.machine()), "moment " + moments.get(i));
            }
        }
    }

    @Test
    void eachIsTheSameWhicheverWasReadBefore() {
        Map<Long, byte[]> expected = new HashMap<>();
        for (long moment : stored) {
            try (Timeline timeline = open()) {
                timeline.seek(moment, () -> false);
                expected.put(moment, MachineDigest.of(timeline.machine()));
            }
        }
        List<Long> order = new ArrayList<>(stored);
        Collections.shuffle(order, new Random(1));
        try (Timeline timeline = open()) {
            timeline.seekEnd(() -> false); // passes all of them
            for (long moment : order) {
                timeline.seek(moment, () -> false);
                assertArrayEquals(expected.get(moment), MachineDigest.of(timeline.machine()),
                        "moment " + moment + " of " + stored);
            }
        }
    }

    @Test
    void aReplayFromOneComesToTheRecordedEnd() {
        for (long moment : stored) {
            try (Timeline timeline = open()) {
                timeline.seek(moment, () -> false);
                timeline.replayToEnd(at -> true);
                assertArrayEquals(trace.manifest().getEnd().getFinalDigest().toByteArray(),
                        MachineDigest.of(timeline.machine()));
            }
        }
    }

    @Test
    void aDamagedOneIsToldInOneSentenceAndLeavesTheGuestWhereItWas() throws IOException {
        Path damaged = folder.resolve("damaged.rv");
        TraceFolders.copy(output, damaged);
        Path file = damaged.resolve("checkpoints/000001");
        byte[] bytes = Files.readAllBytes(file);
        int head = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(8);
        bytes[16 + head + 40] ^= 4; // in its first block
        Files.write(file, bytes);
        try (Trace bad = Traces.open(damaged)) {
            assertThrows(TraceException.class, bad::checkIntegrity);
            try (Timeline timeline = open(bad, Interpreter::new)) {
                timeline.seek(500, () -> false);
                TraceException e = assertThrows(TraceException.class, () -> timeline.seekEnd(() -> false));
                assertEquals(1, e.getMessage().lines().count());
                assertEquals(500, timeline.moment());
            }
        }
    }
}
