package org.retrovisor.trace;

import java.io.Serial;

/** Something is wrong with a trace or with the place it is written to; the message is one sentence for the user. */
public final class TraceException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is, for exit codes. */
    public enum Reason {
        /** No such file or folder. */
        NOT_FOUND,
        /** It is there, but it is no trace. */
        NOT_A_TRACE,
        /** Written by a version whose format this one does not know. */
        UNKNOWN_VERSION,
        /** Flipped, missing or contradicting bytes. */
        CORRUPT,
        /** The output exists already and is left as it is. */
        OUTPUT_EXISTS,
        /** The disk is full, or a file cannot be read or written. */
        INPUT_OUTPUT
    }

    private final Reason reason;

    public TraceException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public TraceException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    static TraceException corrupt(String format, Object... arguments) {
        return new TraceException(Reason.CORRUPT, String.format(format, arguments));
    }

    static TraceException inputOutput(String what, Exception cause) {
        return new TraceException(Reason.INPUT_OUTPUT, what + ": " + Failures.describe(cause), cause);
    }
}
