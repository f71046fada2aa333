package org.retrovisor.tools.cli;

import org.retrovisor.tools.terminal.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line as a whole. */
@Command(name = "retrovisor", synopsisSubcommandLabel = "COMMAND", header = "Records a guest once, replays it bit for bit, and lets gdb walk backward through it.", subcommands = {
    DemoCommand.class, RunCommand.class, RecordCommand.class, ReplayCommand.class, DebugCommand.class,
    InfoCommand.class,
    EventsCommand.class, VerifyCommand.class,
    PackCommand.class,
    BenchCommand.class}, footer = {"", "Start with: retrovisor demo", "Help on a command: retrovisor COMMAND --help"})
public final class Retrovisor implements Runnable {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "show stack traces of errors")
    private boolean verbose;

    private Retrovisor(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Executes a command line; returns the exit code. */
    public static int execute(Surroundings surroundings, String... arguments) {
        Retrovisor tool = new Retrovisor(surroundings);
        return commandLine(tool).execute(arguments);
    }

    static CommandLine commandLine(Surroundings surroundings) {
        return commandLine(new Retrovisor(surroundings));
    }

    private static CommandLine commandLine(Retrovisor tool) {
        Errors errors = new Errors(tool.surroundings.err(), () -> tool.verbose);
        CommandLine commandLine = new CommandLine(tool);
        commandLine.setOut(Help.writer(tool.surroundings.out()));
        commandLine.setErr(Help.writer(tool.surroundings.err()));
        commandLine.setParameterExceptionHandler(errors::usage);
        commandLine.setExecutionExceptionHandler(errors::failure);
        commandLine.setUsageHelpLongOptionsMaxWidth(Help.OPTION_WIDTH);
        commandLine.setUsageHelpWidth(Help.WIDTH);
        commandLine.setExpandAtFiles(false);
        Help.complete(commandLine);
        return commandLine;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
