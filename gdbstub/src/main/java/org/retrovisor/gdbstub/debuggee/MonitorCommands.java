package org.retrovisor.gdbstub.debuggee;

import java.util.function.Consumer;

/** A target with commands of its own: what the user types after "monitor". */
public interface MonitorCommands {
    /**
     * Executes one command.
     *
     * @param line as typed, without "monitor"
     * @param output takes text to show at once, line ends included; may be called during the command
     */
    void monitorCommand(String line, Consumer<String> output, Interruption interruption);
}
