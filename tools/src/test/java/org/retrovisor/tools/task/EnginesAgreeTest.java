package org.retrovisor.tools.task;

import java.io.OutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.tools.guests.EmbeddedGuest;
import org.retrovisor.tools.live.GuestSettings;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What one engine recorded replays on the other, to the same registers, RAM and console. */
@Timeout(120)
class EnginesAgreeTest {
    private static final Engine.Factory INTERPRETER = Interpreter::new;
    private static final Engine.Factory TRANSLATOR = machine -> new Translator(machine, 16 << 20);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"RACER, true", "RACER, false", "SELFTEST, true", "SELFTEST, false"})
    void aRecordingReplaysOnTheOtherEngine(EmbeddedGuest guest, boolean translatorRecords) {
        assumeTrue(Translator.available(), "generated code does not run on this host");
        Path trace = folder.resolve("trace.rv");
        GuestOptions options = new GuestOptions(64 << 20, CpuModel.V2, GuestSettings.Clock.STEPS, null, 20_000_000);
        new GuestRun(GuestSource.embedded("guest", guest.bytes(), options),
                translatorRecords ? TRANSLATOR : INTERPRETER, OutputStream.nullOutputStream(), Surroundings.nowhere())
                .record(trace);
        try (Trace recorded = Traces.open(trace)) {
            ReplayResult replayed = new Replay(recorded, translatorRecords ? INTERPRETER : TRANSLATOR,
                    OutputStream.nullOutputStream()).run(moment -> {});
            assertEquals(ReplayResult.Verification.SAME, replayed.verification());
        }
    }
}
