package org.retrovisor.recorder;

import java.util.concurrent.ThreadFactory;
import org.retrovisor.monitor.memory.HostLibrary;

/** Threads that write what a recording leaves on the disk, while the guest goes on. */
final class HelperThreads {
    /**
     * They give way to the guest, which needs Java's first compiler as well when it starts. But not altogether: while one checkpoint is being
     * written there is no other, and with 10 the first was, for half of a boot.
     */
    private static final int NICE = 4;

    private HelperThreads() {}

    static ThreadFactory named(String name) {
        return task -> Thread.ofPlatform().daemon().name(name).unstarted(() -> {
            HostLibrary.setNice(NICE);
            task.run();
        });
    }
}
