package org.retrovisor.gdbstub.replayed;

/** A command that was typed wrongly. The message says what is wrong; whoever catches it adds how the command is used. */
final class WrongUsage extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongUsage(String what) {
        super(what, null, false, false);
    }
}
