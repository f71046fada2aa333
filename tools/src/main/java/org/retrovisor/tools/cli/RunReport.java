package org.retrovisor.tools.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.task.RunResult;

/** The figures of a live run, in words and as JSON. */
final class RunReport {
    /** Unknown instructions that are named one by one. */
    private static final int NAMED = 5;

    private RunReport() {}

    static List<String> lines(RunResult result) {
        List<String> lines = new ArrayList<>();
        lines.add("%s%s: %s in %s (%s)".formatted(result.reason().sentence(),
                result.detail().isEmpty() ? "" : " (" + result.detail() + ")",
                Figures.count(result.instructions(), "instruction"), Figures.seconds(result.nanos()),
                Figures.rate(result.instructions(), result.nanos())));
        addUnknown(lines, result.unknown());
        if (result.recorded() != null) {
            addRecorded(lines, result.recorded());
        }
        return lines;
    }

    private static void addUnknown(List<String> lines, Map<String, Long> unknown) {
        if (unknown.isEmpty()) {
            return;
        }
        long total = unknown.values().stream().mapToLong(Long::longValue).sum();
        lines.add("the guest tried %s that this processor does not have (#UD each time):".formatted(
                Figures.count(total, "instruction")));
        unknown.entrySet()
                .stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(NAMED)
                .forEach(
                        each -> lines.add("  %s x  bytes %s".formatted(Figures.count(each.getValue()), each.getKey())));
        if (unknown.size() > NAMED) {
            lines.add("  and %s more kinds; --json lists all".formatted(unknown.size() - NAMED));
        }
    }

    private static void addRecorded(List<String> lines, RunResult.Recorded recorded) {
        lines.add("recorded %s in %s of log; the trace is %s (%s with the initial memory)".formatted(
                Figures.count(recorded.events(), "event"), Figures.bytes(recorded.logBytes()), recorded.trace(),
                Figures.bytes(recorded.traceBytes())));
        lines.add("next: retrovisor replay %1$s; retrovisor debug %1$s; retrovisor pack %1$s -o FILE.rvz".formatted(
                recorded.trace()));
    }

    static JsonObject json(String command, RunResult result) {
        JsonObject json = new JsonObject().put("command", command)
                .put("end", result.reason())
                .put("endText", result.reason().sentence())
                .put("detail", result.detail())
                .put("interrupted", result.interrupted())
                .put("instructions", result.instructions())
                .put("seconds", result.nanos() / 1e9)
                .put("instructionsPerSecond", Figures.perSecond(result.instructions(), result.nanos()))
                .put("consoleBytes", result.consoleBytes())
                .put("unknownInstructions", result.unknown());
        RunResult.Recorded recorded = result.recorded();
        if (recorded != null) {
            json.put("trace", recorded.trace().toString())
                    .put("events", recorded.events())
                    .put("logBytes", recorded.logBytes())
                    .put("traceBytes", recorded.traceBytes())
                    .put("finalDigest", recorded.finalDigest());
        }
        return json;
    }
}
