package org.retrovisor.tools.cli;

import java.nio.file.Path;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.task.TraceSummary;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what is in a trace. */
@Command(name = "info", header = "Tell what a trace is of and how it ended.", footer = {"", "Example:",
    "  retrovisor info crash.rv"})
final class InfoCommand extends ToolCommand {
    @Parameters(paramLabel = "TRACE", description = Texts.TRACE)
    private Path source;

    @Option(names = "--json", description = Texts.JSON_ONLY)
    private boolean json;

    @Override
    ExitCode execute() {
        try (Trace trace = Traces.open(source)) {
            TraceSummary summary = TraceSummary.of(trace);
            if (json) {
                print(InfoReport.json(source, trace.manifest(), summary));
            } else {
                InfoReport.lines(source, trace.manifest(), summary).forEach(out()::println);
            }
            return ExitCode.OK;
        }
    }
}
