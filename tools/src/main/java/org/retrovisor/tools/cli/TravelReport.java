package org.retrovisor.tools.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.bench.TravelBench;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;

/** What {@code bench --travel} shows. */
final class TravelReport {
    private static final String ROW = "%-58s%10s%n";
    /** What the commands that gdb timed are called. */
    private static final Map<String, String> IN_GDB = Map.of(
            "stepi-at-crash", "reverse-stepi at the crash",
            "stepi-anywhere", "reverse-stepi anywhere",
            "continue-to-panic", "reverse-continue to panic",
            "step", "reverse-step from panic",
            "next", "reverse-next from panic",
            "finish", "reverse-finish from panic");

    private final ToolCommand command;

    TravelReport(ToolCommand command) {
        this.command = command;
    }

    /** Measures on a trace, or on a new one when it is null. */
    ExitCode make(Path trace, EngineChoice engine, boolean json) {
        TravelBench.Result result = TravelBench.measure(trace, engine.name(), engine.factory(),
                command.surroundings().environment(), line -> command.say(line));
        if (json) {
            command.print(json(result, engine));
        } else {
            show(result);
        }
        return ExitCode.OK;
    }

    private void show(TravelBench.Result result) {
        if (result.prompt() != null) {
            steps("debug to gdb's first prompt", result.prompt());
        }
        result.inGdb().forEach((name, steps) -> steps("in gdb: " + IN_GDB.getOrDefault(name, name), steps));
        steps("reverse-stepi at the crash", result.atCrash());
        steps("reverse-stepi anywhere", result.anywhere());
        row("reverse-continue to an early breakpoint", result.breakpoint());
        row("reverse-continue to an early watchpoint", result.watchpoint());
        row("replay", result.replay());
        row("replay, leaving checkpoints and index", result.replayWithCheckpoints());
        command.out().printf(ROW, "cost of leaving them, median of pairs",
                String.format(Locale.ROOT, "%.0f %%", 100 * (result.checkpointing() - 1)));
        command.out().printf("on a trace of %s%n", Figures.count(result.moments(), "instruction"));
    }

    private void steps(String name, TravelBench.Steps steps) {
        if (steps.first() == steps.worst() && steps.first() == steps.median()) {
            row(name, steps.first()); // it was only one
            return;
        }
        row(name + ", first", steps.first());
        row(name + ", median", steps.median());
        row(name + ", 99th percentile", steps.percentile99());
        row(name + ", worst", steps.worst());
    }

    private void row(String name, double seconds) {
        String text = seconds < 1
                ? String.format(Locale.ROOT, "%.1f ms", 1000 * seconds)
                : String.format(Locale.ROOT, "%.2f s", seconds);
        command.out().printf(ROW, name, seconds == 0 ? "-" : text);
    }

    private static JsonObject json(TravelBench.Result result, EngineChoice engine) {
        JsonObject inGdb = new JsonObject();
        result.inGdb().forEach((name, steps) -> inGdb.put(name, json(steps)));
        return new JsonObject().put("command", "bench")
                .put("engine", engine)
                .put("instructions", result.moments())
                .put("prompt", result.prompt() == null ? new JsonObject() : json(result.prompt()))
                .put("inGdb", inGdb)
                .put("stepAtCrash", json(result.atCrash()))
                .put("stepAnywhere", json(result.anywhere()))
                .put("breakpointSeconds", result.breakpoint())
                .put("watchpointSeconds", result.watchpoint())
                .put("replaySeconds", result.replay())
                .put("replayWithCheckpointsSeconds", result.replayWithCheckpoints())
                .put("checkpointing", result.checkpointing());
    }

    private static JsonObject json(TravelBench.Steps steps) {
        return new JsonObject().put("firstSeconds", steps.first())
                .put("medianSeconds", steps.median())
                .put("percentile99Seconds", steps.percentile99())
                .put("worstSeconds", steps.worst());
    }
}
