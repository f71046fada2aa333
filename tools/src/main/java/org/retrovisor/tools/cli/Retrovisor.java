package org.retrovisor.tools.cli;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.retrovisor.tools.terminal.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line as a whole. */
@Command(name = "retrovisor", synopsisSubcommandLabel = "COMMAND", header = "Records a guest once, replays it bit for bit, and lets gdb walk backward through it.", footer = {
    "", "Start with: retrovisor demo", "Help on a command: retrovisor help COMMAND"})
public final class Retrovisor implements Runnable {
    private static final Map<String, Class<? extends ToolCommand>> COMMANDS = commands();

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
        return commandLine(tool, wanted(arguments)).execute(arguments);
    }

    static CommandLine commandLine(Surroundings surroundings) {
        return commandLine(new Retrovisor(surroundings), COMMANDS.values());
    }

    /** By name, in the order of the help. */
    private static Map<String, Class<? extends ToolCommand>> commands() {
        Map<String, Class<? extends ToolCommand>> commands = new LinkedHashMap<>();
        commands.put("demo", DemoCommand.class);
        commands.put("run", RunCommand.class);
        commands.put("record", RecordCommand.class);
        commands.put("replay", ReplayCommand.class);
        commands.put("debug", DebugCommand.class);
        commands.put("info", InfoCommand.class);
        commands.put("events", EventsCommand.class);
        commands.put("verify", VerifyCommand.class);
        commands.put("pack", PackCommand.class);
        commands.put("bench", BenchCommand.class);
        return commands;
    }

    /** Only the command that is named: reading what all of them accept takes longer than Java's own start. */
    private static Collection<Class<? extends ToolCommand>> wanted(String... arguments) {
        Class<? extends ToolCommand> named = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
        return named == null ? COMMANDS.values() : List.of(named);
    }

    private static CommandLine commandLine(Retrovisor tool, Collection<Class<? extends ToolCommand>> commands) {
        Errors errors = new Errors(tool.surroundings.err(), () -> tool.verbose);
        CommandLine commandLine = new CommandLine(tool);
        commands.forEach(commandLine::addSubcommand);
        Help.complete(commandLine);
        commandLine.addSubcommand(new CommandLine.HelpCommand());
        commandLine.setOut(Help.writer(tool.surroundings.out()));
        commandLine.setErr(Help.writer(tool.surroundings.err()));
        commandLine.setParameterExceptionHandler(errors::usage);
        commandLine.setExecutionExceptionHandler(errors::failure);
        commandLine.setUsageHelpLongOptionsMaxWidth(Help.OPTION_WIDTH);
        commandLine.setUsageHelpWidth(Help.WIDTH);
        commandLine.setExpandAtFiles(false);
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
