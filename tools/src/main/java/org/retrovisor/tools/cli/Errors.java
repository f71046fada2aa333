package org.retrovisor.tools.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.retrovisor.replay.DivergenceException;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.TraceFiles;
import org.retrovisor.trace.TraceException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever goes wrong into one line on standard error and an exit code. */
final class Errors {
    private final PrintStream err;
    private final BooleanSupplier verbose;

    Errors(PrintStream err, BooleanSupplier verbose) {
        this.err = err;
        this.verbose = verbose;
    }

    /** The command line is wrong. */
    int usage(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        print(what(e) + "; " + hint(e, command), e);
        return ExitCode.USAGE.number();
    }

    private static String what(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
            String first = unmatched.getUnmatched().getFirst();
            return (first.startsWith("-") ? "unknown option " : "unknown command or argument ") + first;
        }
        return firstLine(e.getMessage());
    }

    private static String hint(ParameterException e, CommandLine command) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                return "did you mean " + String.join(" or ", suggestions) + "?";
            }
        }
        return "see " + command.getCommandSpec().qualifiedName() + " --help";
    }

    /** A command could not do its work. */
    int failure(Exception e, CommandLine command, ParseResult parsed) {
        ExitCode code = exitCode(e, command);
        print(isUnexpected(e) ? internal(e) : e.getMessage(), e);
        return code.number();
    }

    private static boolean isUnexpected(Exception e) {
        return !(e instanceof ToolException || e instanceof TraceException || e instanceof DivergenceException);
    }

    private static ExitCode exitCode(Exception e, CommandLine command) {
        boolean writing = command.getCommand() instanceof Writing;
        return switch (e) {
            case ToolException tool -> tool.exitCode();
            case TraceException trace -> TraceFiles.exitCode(trace.reason(), writing);
            case DivergenceException _ -> ExitCode.DIVERGED;
            default -> ExitCode.INTERNAL;
        };
    }

    private static String internal(Exception e) {
        String what = e.getMessage() == null ? "" : ": " + firstLine(e.getMessage());
        return "internal error, " + e.getClass().getSimpleName() + what
                + "; please report it with the output of the same command and --verbose";
    }

    private void print(String message, Exception e) {
        err.println("retrovisor: " + message);
        if (verbose.getAsBoolean()) {
            e.printStackTrace(err);
        }
        err.flush();
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /** A command whose trouble with files is trouble with its output. */
    interface Writing {}
}
