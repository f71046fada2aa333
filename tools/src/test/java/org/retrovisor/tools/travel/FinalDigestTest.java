package org.retrovisor.tools.travel;

import com.google.protobuf.ByteString;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.TraceFolders;
import org.retrovisor.tools.task.Replay;
import org.retrovisor.tools.task.ReplayResult.Verification;
import org.retrovisor.trace.ManifestValidator;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A replay is compared with the final digest as the format of its trace has it. */
class FinalDigestTest {
    @TempDir
    private Path folder;

    private Path recorded;

    @BeforeEach
    void record() {
        recorded = folder.resolve("recorded.rv");
        TinyGuest.record(recorded);
    }

    private byte[] atTheEnd(Function<Machine, byte[]> digest) {
        try (Trace trace = Traces.open(recorded);
                Timeline timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26, 100_000, 1)) {
            timeline.replayToEnd(moment -> true);
            return digest.apply(timeline.machine());
        }
    }

    private static Verification replayed(Trace trace) {
        return new Replay(trace, Interpreter::new, OutputStream.nullOutputStream()).run(moment -> {}).verification();
    }

    private Verification replayedAsFormatOne(byte[] digest) {
        Path first = TraceFolders.copy(recorded, folder.resolve("first.rv"));
        TraceFolders.changeManifest(first, manifest -> manifest.setFormatVersion(1)
                .getEndBuilder().setFinalDigest(ByteString.copyFrom(digest)));
        try (Trace trace = Traces.open(first)) {
            return replayed(trace);
        }
    }

    @Test
    void aTraceOfTodayHasTheDigestOverSums() {
        try (Trace trace = Traces.open(recorded)) {
            assertEquals(ManifestValidator.DIGEST_OVER_SUMS, trace.manifest().getFormatVersion());
            assertEquals(Verification.SAME, replayed(trace));
        }
    }

    @Test
    void aTraceOfFormatOneIsVerifiedByItsOwnDigest() {
        assertEquals(Verification.SAME, replayedAsFormatOne(atTheEnd(MachineDigest::ofFormatOne)));
    }

    @Test
    void theDigestOverSumsIsWrongInFormatOne() {
        assertEquals(Verification.DIFFERENT, replayedAsFormatOne(atTheEnd(MachineDigest::of)));
    }
}
