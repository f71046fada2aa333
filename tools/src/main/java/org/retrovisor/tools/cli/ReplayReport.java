package org.retrovisor.tools.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.replay.ModelVersions;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.task.ReplayResult;
import org.retrovisor.trace.Trace;

/** The figures of a replay, in words and as JSON. */
final class ReplayReport {
    private static final int SHOWN_DIGITS = 16;

    private ReplayReport() {}

    static List<String> lines(ReplayResult result, Trace trace) {
        List<String> lines = new ArrayList<>();
        String ending = result.reason() == null ? "interrupted" : result.reason().sentence();
        lines.add("%s: replayed %s in %s (%s)".formatted(ending,
                Figures.count(result.instructions(), "instruction"), Figures.seconds(result.nanos()),
                Figures.rate(result.instructions(), result.nanos())));
        lines.add(verdict(result, trace));
        return lines;
    }

    private static String verdict(ReplayResult result, Trace trace) {
        return switch (result.verification()) {
            case SAME -> "verified: registers, RAM and console are those of the recording (digest %s...)".formatted(
                    result.finalDigest().substring(0, SHOWN_DIGITS));
            case DIFFERENT -> "the replay ended in another state than the recording; run"
                    + " 'retrovisor verify %s' and report it with the trace".formatted(trace.source())
                    + ModelVersions.remark(trace.manifest().getMachine());
            case UNKNOWN -> "not verified: the recording was cut short, so its last state is not known; all that was"
                    + " saved fits";
            case INTERRUPTED -> "not verified: the replay did not reach the end";
        };
    }

    static ExitCode exitCode(ReplayResult result) {
        return switch (result.verification()) {
            case SAME, UNKNOWN -> ExitCode.OK;
            case DIFFERENT -> ExitCode.DIVERGED;
            case INTERRUPTED -> ExitCode.INTERRUPTED;
        };
    }

    static JsonObject json(String command, Path source, ReplayResult result) {
        return new JsonObject().put("command", command)
                .put("trace", source.toString())
                .put("end", result.reason())
                .put("instructions", result.instructions())
                .put("seconds", result.nanos() / 1e9)
                .put("instructionsPerSecond", Figures.perSecond(result.instructions(), result.nanos()))
                .put("consoleBytes", result.consoleBytes())
                .put("finalDigest", result.finalDigest())
                .put("verification", result.verification());
    }
}
