package org.retrovisor.tools;

/** A command cannot do what it was asked. The message is one line for the user: what is wrong; what to do. */
public final class ToolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    public ToolException(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    public ToolException(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** What the process is to end with. */
    public ExitCode exitCode() {
        return exitCode;
    }
}
