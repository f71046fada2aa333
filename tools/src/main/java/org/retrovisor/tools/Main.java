package org.retrovisor.tools;

import org.retrovisor.tools.cli.Retrovisor;
import org.retrovisor.tools.terminal.Surroundings;

/** Entry point of the command line. */
public final class Main {
    private Main() {}

    /** Executes a command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Prelude.begin(arguments);
        int exit = Retrovisor.execute(Surroundings.ofProcess(), arguments);
        // Java ends by itself if nothing else runs; to be told to takes it 10 milliseconds, in which it looks through all libraries for a logger.
        if (exit != 0 || othersRun()) {
            System.exit(exit);
        }
    }

    /** Whether there are threads that Java would wait for. */
    private static boolean othersRun() {
        Thread[] threads = new Thread[Thread.activeCount() + 8];
        int count = Thread.enumerate(threads);
        for (int i = 0; i < count; i++) {
            if (threads[i] != Thread.currentThread() && !threads[i].isDaemon()) {
                return true;
            }
        }
        return count == threads.length;
    }
}
