package org.retrovisor.tools.cli;

import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.terminal.Surroundings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A command with a console of its own; {@link #execute} does the work. */
abstract class ToolCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Retrovisor parent;

    @Override
    public final Integer call() throws Exception {
        return execute().number();
    }

    /** Does what the command is for; trouble is thrown. */
    abstract ExitCode execute() throws Exception;

    final CommandSpec spec() {
        return spec;
    }

    final Surroundings surroundings() {
        return parent.surroundings();
    }

    final PrintStream out() {
        return surroundings().out();
    }

    /** One line for people. */
    final void say(String format, Object... arguments) {
        surroundings().err().println("retrovisor: " + (arguments.length == 0 ? format : format.formatted(arguments)));
    }

    final void print(JsonObject object) {
        object.printTo(out());
    }
}
