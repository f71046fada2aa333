package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A folder that only this user can read, removed when it is closed or the process ends. */
final class TemporaryFolder implements AutoCloseable {

    private final Path path;
    private final Thread atExit = new Thread(this::remove, "remove-unpacked-trace");
    private final AtomicBoolean removed = new AtomicBoolean();

    private TemporaryFolder(Path path) {
        this.path = path;
    }

    static TemporaryFolder create() {
        try {
            TemporaryFolder folder = new TemporaryFolder(Files.createTempDirectory("retrovisor-"));
            Runtime.getRuntime().addShutdownHook(folder.atExit);
            return folder;
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot create a temporary directory", e);
        }
    }

    Path path() {
        return path;
    }

    private void remove() {
        if (removed.compareAndSet(false, true)) {
            TraceDirectory.deleteTree(path);
        }
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException _) {
            // the process is ending already, and the hook finds nothing left to do
        }
    }
}
