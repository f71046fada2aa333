package org.retrovisor.tools.cli;

import java.io.OutputStream;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.task.GuestRun;
import org.retrovisor.tools.task.RunResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a guest without recording. */
@Command(name = "run", header = "Run a guest without recording it.", description = {"",
    "The guest's console is standard input and output. " + Texts.KEYS}, footer = {"", "Example:",
        "  retrovisor run --kernel vmlinuz --initrd initrd.gz --append console=ttyS0"})
final class RunCommand extends ToolCommand {
    @Mixin
    private GuestArguments guest;

    @Option(names = "--stats", description = Texts.STATS)
    private boolean stats;

    @Option(names = "--json", description = Texts.JSON)
    private boolean json;

    @Override
    ExitCode execute() {
        OutputStream console = json ? surroundings().err() : out();
        var engines = guest.engine().factory();
        RunResult result = new GuestRun(guest.source(), engines, console, surroundings()).run();
        if (json) {
            print(RunReport.json("run", result));
        } else {
            RunReport.lines(result).forEach(this::say);
        }
        if (stats) {
            sayFigures(result.engineFigures());
        }
        return result.interrupted() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }
}
