package org.retrovisor.recorder;

import java.util.concurrent.ThreadFactory;
import org.retrovisor.monitor.memory.HostLibrary;

/** Threads that do what a recording needs besides, while the guest goes on. They give way to it, and to Java's first compiler. */
final class HelperThreads {
    /** A guest that halts waits for the log. */
    private static final int NICE_OF_LOG = 4;
    /** The guest finds memory itself if there is none ahead of need. */
    private static final int NICE_OF_MEMORY = 4;
    /** Nobody waits for a state until the end, unless too many wait: it has the priority of Java's second compiler. */
    private static final int NICE_OF_STATES = 10;

    private HelperThreads() {}

    static ThreadFactory ofLog() {
        return named("event log", NICE_OF_LOG);
    }

    static ThreadFactory ofMemory() {
        return named("memory ahead", NICE_OF_MEMORY);
    }

    static ThreadFactory ofStates() {
        return named("checkpoints", NICE_OF_STATES);
    }

    private static ThreadFactory named(String name, int nice) {
        return task -> Thread.ofPlatform().daemon().name(name).unstarted(() -> {
            HostLibrary.setNice(nice);
            task.run();
        });
    }
}
