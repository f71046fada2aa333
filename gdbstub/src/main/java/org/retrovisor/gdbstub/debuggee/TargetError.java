package org.retrovisor.gdbstub.debuggee;

/** The target can't do what was asked. The message is one sentence for the user of gdb. */
public final class TargetError extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TargetError(String sentence) {
        super(sentence, null, false, false);
    }
}
