package org.retrovisor.tools;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.retrovisor.monitor.memory.HostLibrary;

/**
 * Lets Java's second compiler give way to the guest. It works for most of a short run, and where the guest, the first compiler and the
 * writer of checkpoints need the host's processors as well, the guest must not wait for code that is only faster.
 *
 * <p>Java has no option for this that works without root. On Linux each thread has a nice value of its own (setpriority(2), bugs), and
 * a thread's number and name are found in the folder of the process (proc(5)).
 */
final class CompilerPriority {
    /** As Linux shows "C2 CompilerThread0": no more than 15 characters. */
    private static final String SECOND_COMPILER = "C2 CompilerThre";
    /** A tenth of what the guest gets of a processor that both want. */
    private static final int NICE = 10;

    private CompilerPriority() {}

    /** Threads that Java starts later begin with the priority of the one that starts them: mostly another of the compiler's. */
    static void lower() {
        if (HostLibrary.available()) {
            lower(Path.of("/proc/self/task"));
        }
    }

    private static void lower(Path threads) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
            for (Path thread : all) {
                if (isOfSecondCompiler(thread)) {
                    HostLibrary.setNice(Integer.parseInt(thread.getFileName().toString()), NICE);
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            // A host without this folder is slower, not wrong.
        }
    }

    private static boolean isOfSecondCompiler(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).startsWith(SECOND_COMPILER);
        } catch (IOException _) {
            return false; // it has ended
        }
    }
}
