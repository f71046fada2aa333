package org.retrovisor.gdbstub.replayed;

import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;

/**
 * A command behind gdb's "monitor".
 *
 * @param arguments as shown to people
 * @param help one line
 */
record Command(String name, String arguments, String help, Action action) {
    /** What a command does. */
    @FunctionalInterface
    interface Action {
        /** @param arguments without blanks around it, may be empty */
        void execute(String arguments, Consumer<String> output, Interruption interruption);
    }
}
