package org.retrovisor.tools.task;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.trace.ManifestValidator;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.proto.End;

/** Re-executes a trace from its beginning to its end and compares the end with what was recorded. */
public final class Replay {
    private final Trace trace;
    private final Engine.Factory engines;
    private final CountingStream console;

    /** @param console where the guest's console output goes */
    public Replay(Trace trace, Engine.Factory engines, OutputStream console) {
        this.trace = trace;
        this.engines = engines;
        this.console = new CountingStream(console);
    }

    /**
     * Replays to the end.
     *
     * @param progress is told of moments
     * @throws org.retrovisor.replay.DivergenceException when the guest leaves the recorded path
     */
    public ReplayResult run(Progress progress) {
        try (Interrupts interrupts = Interrupts.handle(() -> {});
                Timeline timeline = Timeline.open(trace, engines, console::put, 0)) {
            long start = System.nanoTime();
            StopReason reason = timeline.replayToEnd(moment -> {
                progress.at(moment);
                console.flush();
                return !interrupts.interrupted();
            });
            long nanos = System.nanoTime() - start;
            console.flush();
            String digest = reason == null ? null : HexFormat.of().formatHex(digest(timeline.machine()));
            return new ReplayResult(reason, timeline.moment(), nanos, console.count, digest, compare(reason, digest),
                    timeline.machine().engine().figures());
        } finally {
            console.flush();
        }
    }

    /** Made as that in the trace was. */
    private byte[] digest(Machine machine) {
        boolean overSums = trace.manifest().getFormatVersion() >= ManifestValidator.DIGEST_OVER_SUMS;
        return overSums ? MachineDigest.of(machine) : MachineDigest.ofFormatOne(machine);
    }

    private ReplayResult.Verification compare(StopReason reason, String digest) {
        if (reason == null) {
            return ReplayResult.Verification.INTERRUPTED;
        }
        if (!trace.isComplete() || trace.manifest().getEnd().getFinalDigest().isEmpty()) {
            return ReplayResult.Verification.UNKNOWN;
        }
        End end = trace.manifest().getEnd();
        boolean same = digest.equals(HexFormat.of().formatHex(end.getFinalDigest().toByteArray()))
                && console.count == end.getConsoleBytes();
        return same ? ReplayResult.Verification.SAME : ReplayResult.Verification.DIFFERENT;
    }

    /** Console bytes on their way out, counted. */
    private static final class CountingStream {
        private final BufferedOutputStream out;
        private long count;

        CountingStream(OutputStream out) {
            this.out = new BufferedOutputStream(out);
        }

        void put(int value) {
            count++;
            try {
                out.write(value);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the guest's console", e);
            }
        }

        void flush() {
            try {
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the guest's console", e);
            }
        }
    }
}
