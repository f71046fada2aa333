package org.retrovisor.tools;

import org.retrovisor.tools.cli.Retrovisor;
import org.retrovisor.tools.terminal.Surroundings;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    /** Executes a command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Prelude.begin(arguments);
        System.exit(Retrovisor.execute(Surroundings.ofProcess(), arguments));
    }
}
