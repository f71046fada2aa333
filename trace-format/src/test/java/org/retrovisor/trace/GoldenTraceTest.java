package org.retrovisor.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Traces of every format ever released still open. A failure here means: write a migration, not a new golden trace. */
class GoldenTraceTest {

    private static final long SEED = 2025;

    @TempDir
    Path folder;

    /** Wrote {@code golden-format-1.rvz}; run it by hand for a new format, under a new name. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) {
            Path directory = Path.of(arguments[0] + ".rv");
            SampleTrace.write(directory, SEED);
            try (Trace trace = Traces.open(directory)) {
                Traces.pack(trace, Path.of(arguments[0] + ".rvz"));
            }
            TraceDirectory.deleteTree(directory);
        }
    }

    @Test
    void aTraceOfFormat1Opens() throws IOException {
        Path bundle = folder.resolve("golden.rvz");
        try (InputStream in = GoldenTraceTest.class.getResourceAsStream("/golden-format-1.rvz")) {
            Files.copy(in, bundle);
        }
        List<RandomEvents.Event> events = RandomEvents.make(SEED, 500, false);
        try (Trace trace = Traces.open(bundle);
                EventLogReader log = trace.openEventLog();
                MachineStateReader state = trace.openInitialState()) {
            trace.checkIntegrity();
            assertEquals("console=ttyS0", trace.manifest().getMachine().getCommandLine());
            assertEquals(events, RandomEvents.rest(log).subList(0, events.size()));
            assertArrayEquals(SampleTrace.memory(SEED), SampleTrace.readMemory(state));
        }
    }
}
