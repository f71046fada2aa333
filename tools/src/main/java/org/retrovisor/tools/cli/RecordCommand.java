package org.retrovisor.tools.cli;

import java.io.OutputStream;
import java.nio.file.Path;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.task.GuestRun;
import org.retrovisor.tools.task.GuestSource;
import org.retrovisor.tools.task.RunResult;
import org.retrovisor.tools.task.TraceFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a guest and records it. */
@Command(name = "record", header = "Run a guest and record it into a trace.", description = {"",
    "The guest's console is standard input and output. The recording ends by itself when the guest powers"
            + " off, resets, triple-faults, halts with interrupts off or matches --stop-on. A signal ends"
            + " it in order. " + Texts.KEYS}, footer = {"", "Example:",
                "  retrovisor record --kernel vmlinuz --initrd crash.cpio.gz \\",
                "      --append \"console=ttyS0 panic=-1 nokaslr\" --memory 512M -o crash.rv"})
final class RecordCommand extends ToolCommand implements Errors.Writing {
    @Mixin
    private GuestArguments guest;

    @Option(names = {"-o",
        "--output"}, required = true, paramLabel = "TRACE", description = "the trace to make, a directory; must not exist")
    private Path output;

    @Option(names = "--stats", description = Texts.STATS)
    private boolean stats;

    @Option(names = "--json", description = Texts.JSON)
    private boolean json;

    @Override
    ExitCode execute() {
        var engines = guest.engine().factory();
        GuestSource source = guest.source();
        TraceFiles.checkOutput(output);
        OutputStream console = json ? surroundings().err() : out();
        RunResult result = new GuestRun(source, engines, console, surroundings()).record(output);
        if (json) {
            print(RunReport.json("record", result));
        } else {
            RunReport.lines(result).forEach(this::say);
        }
        if (stats) {
            sayFigures(result.engineFigures());
        }
        return result.interrupted() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }
}
