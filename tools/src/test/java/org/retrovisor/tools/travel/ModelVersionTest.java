package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.replay.DivergenceException;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A trace of an earlier version of the processor models goes the way it was recorded, where processors of today would not. */
class ModelVersionTest {
    /** Between two iterations of REP STOSB: the versions push another RFLAGS. */
    private static final long INTERRUPT = 12;

    @TempDir
    private Path folder;

    private Trace record(int version) {
        Path output = folder.resolve("version%d.rv".formatted(version));
        TinyGuest.record(output, CpuModel.V2, version, INTERRUPT);
        return Traces.open(output);
    }

    private static Timeline open(Trace trace) {
        return Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26, 100_000, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aTraceOfEachVersionReplays(int version) {
        try (Trace trace = record(version); Timeline timeline = open(trace)) {
            assertEquals(version, timeline.machine().modelVersion());
            timeline.replayToEnd(moment -> true);
            assertArrayEquals(trace.manifest().getEnd().getFinalDigest().toByteArray(),
                    MachineDigest.of(timeline.machine()));
        }
    }

    private byte[] insideTheHandler(int version) {
        try (Trace trace = record(version); Timeline timeline = open(trace)) {
            timeline.seek(INTERRUPT, () -> false);
            return MachineDigest.of(timeline.machine());
        }
    }

    @Test
    void theVersionsDifferInWhatTheGuestSees() {
        assertFalse(Arrays.equals(insideTheHandler(1), insideTheHandler(2)));
    }

    private String divergence(int version) {
        try (Trace trace = record(version);
                Trace bad = AlteredTrace.ended(trace, folder.resolve("bad%d.rv".formatted(version)),
                        List.of(new AlteredTrace.Event(EventKind.TIMESTAMP, INTERRUPT, 0)));
                Timeline timeline = open(bad)) {
            return assertThrows(DivergenceException.class, () -> timeline.replayToEnd(moment -> true)).getMessage();
        }
    }

    @Test
    void aDivergenceNamesAnEarlierVersionAndOnlyThat() {
        int current = ModelChange.currentVersion();
        for (int earlier = ModelChange.FIRST_VERSION; earlier < current; earlier++) {
            assertTrue(divergence(earlier).endsWith(
                    "(the trace is of version %d of the processor model, recorded by an earlier program; today's is %d)"
                            .formatted(earlier, current)));
        }
        assertFalse(divergence(current).contains("processor model"));
    }
}
