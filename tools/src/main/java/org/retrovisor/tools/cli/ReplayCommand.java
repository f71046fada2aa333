package org.retrovisor.tools.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.retrovisor.monitor.Engine;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.InstructionLog;
import org.retrovisor.tools.task.Replay;
import org.retrovisor.tools.task.ReplayResult;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replays a trace to its end. */
@Command(name = "replay", header = "Re-execute a trace to its end and verify it.", description = {"",
    "The guest's console output appears as it was recorded. The final state of all registers and"
            + " all RAM is compared with the recording's."}, footer = {"", "Examples:", "  retrovisor replay crash.rv",
                "  retrovisor replay crash.rv --log-instructions boot.log --from 20M --to 20_000_100"})
final class ReplayCommand extends ToolCommand {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--engine", paramLabel = Texts.ENGINES, defaultValue = "auto", description = Texts.ENGINE)
    private EngineChoice engine;

    @Option(names = "--stats", description = Texts.STATS)
    private boolean stats;

    @Option(names = "--log-instructions", paramLabel = "FILE", description = "instead, write a line for each instruction: moment, address, bytes, registers before it")
    private Path log;

    @Option(names = "--from", paramLabel = "MOMENT", converter = InstructionCount.Converter.class, defaultValue = "0", description = "with --log-instructions: where to begin; default ${DEFAULT-VALUE}")
    private InstructionCount from;

    @Option(names = "--to", paramLabel = "MOMENT", converter = InstructionCount.Converter.class, description = "with --log-instructions: the last line; without, the end of the trace")
    private InstructionCount to;

    @Option(names = "--json", description = Texts.JSON)
    private boolean json;

    @Override
    ExitCode execute() {
        var engines = Checks.existing(spec(), engine).factory();
        if (log != null) {
            return logInstructions(engines);
        }
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

    private ExitCode logInstructions(Engine.Factory engines) {
        try (Trace trace = Traces.open(source);
                PrintStream file = new PrintStream(new BufferedOutputStream(Files.newOutputStream(log)), false,
                        StandardCharsets.US_ASCII);
                Interrupts interrupts = Interrupts.handle(() -> {})) {
            long last = to == null ? Long.MAX_VALUE : to.value();
            long lines = InstructionLog.write(trace, engines, from.value(), last, file, interrupts::interrupted);
            if (file.checkError()) {
                throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write " + log);
            }
            say("%s in %s".formatted(Figures.count(lines, "instruction"), log));
            return interrupts.interrupted() ? ExitCode.INTERRUPTED : ExitCode.OK;
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write " + log + "; " + e.getMessage(), e);
        }
    }

    /** A bar, unless it would run into the console's output on the same terminal. */
    private Progress progress(Trace trace) {
        boolean consoleElsewhere = !surroundings().terminal().output() && !json;
        return consoleElsewhere ? replayProgress(trace) : Progress.NONE;
    }
}
