package org.retrovisor.tools.cli;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.retrovisor.replay.HistoryCheck;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.Replay;
import org.retrovisor.tools.task.ReplayResult;
import org.retrovisor.tools.terminal.Interrupts;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Checks a trace. */
@Command(name = "verify", header = "Check a trace's integrity and determinism.", description = {"",
    "Compares every byte with its checksum, then replays the trace on every engine and compares"
            + " the final state with the recording's."}, footer = {"", "Example:", "  retrovisor verify crash.rvz"})
final class VerifyCommand extends ToolCommand {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--lockstep", paramLabel = "MILLIONS", arity = "0..1", fallbackValue = "20", description = "execute it on both engines at once, too, and compare all of the processor after each block of the first so many million instructions (${FALLBACK-VALUE} when not given) and up to each event after them, and RAM all along")
    private Long lockstep;

    @Option(names = "--json", description = Texts.JSON_ONLY)
    private boolean json;

    @Override
    ExitCode execute() {
        if (lockstep != null && !EngineChoice.translator.exists()) {
            throw new ParameterException(spec().commandLine(), "--lockstep: this host has only the interpreter");
        }
        try (Trace trace = Traces.open(source)) {
            trace.checkIntegrity();
            if (!json) {
                say("all checksums fit");
            }
            ExitCode code = ExitCode.OK;
            List<JsonObject> reports = new ArrayList<>();
            for (EngineChoice engine : List.of(EngineChoice.interpreter, EngineChoice.translator)) {
                if (engine.exists() && code == ExitCode.OK) {
                    ReplayResult result = replay(trace, engine);
                    reports.add(report(engine, result));
                    tell(engine, result, trace);
                    code = ReplayReport.exitCode(result);
                }
            }
            Boolean history = code == ExitCode.OK ? checkHistory(trace) : null;
            code = Boolean.FALSE.equals(history) ? ExitCode.BAD_TRACE : code;
            if (lockstep != null && code == ExitCode.OK) {
                code = new LockstepReport(this).run(trace, lockstep);
            }
            if (json) {
                print(new JsonObject().put("command", "verify")
                        .put("trace", source.toString())
                        .put("integrity", true)
                        .put("engines", reports)
                        .put("history", history)
                        .put("lockstep", lockstep == null ? null : code == ExitCode.OK));
            }
            return code;
        }
    }

    /** Whether the checkpoints and the index that the recorder left are true; null when interrupted. */
    private Boolean checkHistory(Trace trace) {
        try (Interrupts interrupts = Interrupts.handle(() -> {})) {
            Optional<String> wrong = HistoryCheck.run(trace, EngineChoice.auto.factory(), interrupts::interrupted);
            if (wrong.isEmpty() && interrupts.interrupted()) {
                return null;
            }
            if (!json) {
                say("%s", wrong.orElse("the checkpoints and the index in the trace are what happened"));
            }
            return wrong.isEmpty();
        }
    }

    private void tell(EngineChoice engine, ReplayResult result, Trace trace) {
        if (!json) {
            say("on the engine %s:", engine);
            ReplayReport.lines(result, trace).forEach(this::say);
        }
    }

    private ReplayResult replay(Trace trace, EngineChoice engine) {
        try (Progress progress = replayProgress(trace)) {
            return new Replay(trace, engine.factory(), OutputStream.nullOutputStream()).run(progress);
        }
    }

    private static JsonObject report(EngineChoice engine, ReplayResult result) {
        return new JsonObject().put("engine", engine)
                .put("instructions", result.instructions())
                .put("seconds", result.nanos() / 1e9)
                .put("instructionsPerSecond", Figures.perSecond(result.instructions(), result.nanos()))
                .put("finalDigest", result.finalDigest())
                .put("verification", result.verification());
    }
}
