package org.retrovisor.tools.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.tools.terminal.Surroundings;
import org.retrovisor.trace.Trace;
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

    /** Names and values, a line each. */
    final void sayFigures(Map<String, Long> figures) {
        figures.forEach((name, value) -> say("%-60s %17s", name, Figures.count(value)));
    }

    /** A bar from a trace's beginning to its end, where messages go to a terminal. */
    final Progress replayProgress(Trace trace) {
        return progress("Replaying", trace);
    }

    final Progress progress(String task, Trace trace) {
        return surroundings().terminal().error()
                ? Progress.bar(surroundings().err(), task, trace.manifest().getEnd().getMoment(), "M", 1_000_000)
                : Progress.NONE;
    }

    final void print(JsonObject object) {
        object.printTo(out());
    }
}
