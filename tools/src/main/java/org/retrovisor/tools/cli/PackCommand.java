package org.retrovisor.tools.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.task.TraceFiles;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Packs a trace into one file. */
@Command(name = "pack", header = "Pack a trace into one file to share.", description = {"",
    "All commands open that file as they open the directory."}, footer = {"", "Example:",
        "  retrovisor pack crash.rv -o crash.rvz"})
final class PackCommand extends ToolCommand implements Errors.Writing {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = {"-o",
        "--output"}, required = true, paramLabel = "FILE", description = "the file to make; must not exist")
    private Path output;

    @Option(names = "--json", description = Texts.JSON_ONLY)
    private boolean json;

    @Override
    ExitCode execute() throws IOException {
        try (Trace trace = Traces.open(source)) {
            TraceFiles.checkOutput(output);
            long bytes = trace.bytes();
            try (Progress progress = progress(bytes)) {
                Traces.pack(trace, output, progress::at);
            }
            report(bytes, Files.size(output));
            return ExitCode.OK;
        }
    }

    private Progress progress(long bytes) {
        return surroundings().terminal().error()
                ? Progress.bar(surroundings().err(), "Packing", bytes, "MB", 1_000_000)
                : Progress.NONE;
    }

    private void report(long traceBytes, long packedBytes) {
        if (json) {
            print(new JsonObject().put("command", "pack")
                    .put("trace", source.toString())
                    .put("output", output.toString())
                    .put("traceBytes", traceBytes)
                    .put("packedBytes", packedBytes));
        } else {
            say("packed %s into %s (%s)", source, output, Figures.bytes(packedBytes));
            say("it holds all that a replay needs; next: retrovisor replay %1$s; retrovisor debug %1$s", output);
        }
    }
}
