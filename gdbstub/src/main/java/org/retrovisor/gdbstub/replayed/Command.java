package org.retrovisor.gdbstub.replayed;

import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;

/**
 * A command behind gdb's "monitor".
 *
 * @param arguments as shown to people; empty for a command without any
 * @param help one line
 */
record Command(String name, String arguments, String help, Action action) {
    /** How it is typed. */
    String usage() {
        return ("monitor " + name + " " + arguments).strip();
    }

    /** Executes it; a sentence that ends with the usage when the arguments are wrong. */
    void execute(String given, Consumer<String> output, Interruption interruption) {
        try {
            if (arguments.isEmpty()) {
                new Words(given).end();
            }
            action.execute(given, output, interruption);
        } catch (WrongUsage e) {
            throw new TargetError(e.getMessage() + "; usage: " + usage());
        }
    }

    /** What a command does. */
    @FunctionalInterface
    interface Action {
        /** @param arguments without blanks around it, may be empty */
        void execute(String arguments, Consumer<String> output, Interruption interruption);
    }
}
