package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint.AtInstruction;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.trace.Trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A search is interrupted at every point at which it can be; helpers or not, the user is where he was. */
@Timeout(120)
class InterruptedSearchTest {
    private static final int SPACING = 20_000;

    @TempDir
    private static Path folder;

    private static Trace trace;
    private static long end;
    private static byte[] digest;

    @BeforeAll
    static void record() {
        Recording.of(EmbeddedGuest.SELFTEST, 600_000, folder.resolve("selftest.rv"));
        trace = AlteredTrace.withoutCheckpoints(folder.resolve("selftest.rv"), folder.resolve("bare.rv"));
        end = trace.manifest().getEnd().getMoment();
        digest = trace.manifest().getEnd().getFinalDigest().toByteArray();
    }

    @AfterAll
    static void close() {
        if (trace != null) {
            trace.close();
        }
    }

    /** Where a search for an instruction that was executed only early ends. */
    private static long search(int helpers, int polls) {
        try (Timeline timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 28, SPACING, helpers)) {
            timeline.seek(3, () -> false);
            AtInstruction early = new AtInstruction(timeline.machine().current().gpr[Processor.RIP]);
            timeline.seekEnd(() -> false);
            AtomicInteger asked = new AtomicInteger();
            // true only below a moment that the search comes to last, so that all intervals are looked through
            StopPoints stops = new StopPoints(
                    List.of(early, new AtInstruction(timeline.machine().current().gpr[Processor.RIP])),
                    hit -> timeline.moment() < 10);
            Outcome outcome = timeline.continueBack(stops, () -> asked.incrementAndGet() > polls);
            if (outcome.reason() == Outcome.Reason.INTERRUPTED) {
                assertEquals(end, timeline.moment());
                assertArrayEquals(digest, MachineDigest.of(timeline.machine()), "interrupted after " + polls);
            }
            assertTrue(asked.get() > 0);
            return outcome.reason() == Outcome.Reason.INTERRUPTED ? -1 : timeline.moment();
        }
    }

    @Test
    void whereverItIsInterruptedItGoesBack() {
        for (int helpers = 0; helpers <= 2; helpers += 2) {
            int interrupted = 0;
            for (int polls = 0; polls < 1 << 14; polls = polls < 8 ? polls + 1 : polls * 3 / 2) {
                interrupted += search(helpers, polls) < 0 ? 1 : 0;
            }
            assertTrue(interrupted > 5, "interrupted " + interrupted + " times with " + helpers + " helpers");
        }
    }

    @Test
    void withTimeEnoughItFindsTheSameWithAnyNumberOfHelpers() {
        assertEquals(3, search(0, Integer.MAX_VALUE));
        assertEquals(3, search(1, Integer.MAX_VALUE));
        assertEquals(3, search(3, Integer.MAX_VALUE));
    }
}
