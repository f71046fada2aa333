package org.retrovisor.tools.cli;

import java.io.OutputStream;
import java.nio.file.Path;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.Replay;
import org.retrovisor.tools.task.ReplayResult;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replays a trace to its end. */
@Command(name = "replay", header = "Re-execute a trace to its end and verify it.", description = {"",
    "The guest's console output appears as it was recorded. The final state of all registers and"
            + " all RAM is compared with the recording's."}, footer = {"", "Example:", "  retrovisor replay crash.rv"})
final class ReplayCommand extends ToolCommand {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--engine", paramLabel = Texts.ENGINES, defaultValue = "auto", description = Texts.ENGINE)
    private EngineChoice engine;

    @Option(names = "--stats", description = Texts.STATS)
    private boolean stats;

    @Option(names = "--json", description = Texts.JSON)
    private boolean json;

    @Override
    ExitCode execute() {
        var engines = Checks.existing(spec(), engine).factory();
        try (Trace trace = Traces.open(source); Progress progress = progress(trace)) {
            OutputStream console = json ? surroundings().err() : out();
            ReplayResult result = new Replay(trace, engines, console).run(progress);
            progress.close();
            if (json) {
                print(ReplayReport.json("replay", source, result));
            } else {
                ReplayReport.lines(result, trace).forEach(this::say);
            }
            if (stats) {
                sayFigures(result.engineFigures());
            }
            return ReplayReport.exitCode(result);
        }
    }

    /** A bar, unless it would run into the console's output on the same terminal. */
    private Progress progress(Trace trace) {
        boolean consoleElsewhere = !surroundings().terminal().output() && !json;
        return consoleElsewhere ? replayProgress(trace) : Progress.NONE;
    }
}
