package org.retrovisor.tools.task;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.trace.TraceException;

/** What can be said about traces and outputs before any work is done, and which exit code trouble with them has. */
public final class TraceFiles {
    private TraceFiles() {}

    /** Whether an output can be made at a place; throws if not. Nothing is touched. */
    public static void checkOutput(Path output) {
        if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
            throw new ToolException(ExitCode.OUTPUT_EXISTS,
                    output + " exists already; choose another name or remove it");
        }
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE,
                    "cannot create " + output + ": the directory around it does not exist; create it first");
        }
        if (!Files.isWritable(folder)) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE,
                    "cannot create " + output + ": no permission to write in " + folder + "; choose another place");
        }
    }

    /** The exit code of trouble with a trace that was being read. */
    public static ExitCode exitCode(TraceException.Reason reason, boolean writing) {
        return switch (reason) {
            case NOT_FOUND -> ExitCode.MISSING_FILE;
            case NOT_A_TRACE, UNKNOWN_VERSION, CORRUPT -> ExitCode.BAD_TRACE;
            case OUTPUT_EXISTS -> ExitCode.OUTPUT_EXISTS;
            case INPUT_OUTPUT -> writing ? ExitCode.OUTPUT_UNWRITABLE : ExitCode.MISSING_FILE;
        };
    }
}
