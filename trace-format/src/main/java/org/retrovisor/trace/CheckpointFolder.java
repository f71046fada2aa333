package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.trace.proto.MachineStateHead;

/**
 * The folder of a trace's checkpoints: machine state files with the names 000001, 000002 and so on, without a gap. Each
 * holds the pages written since the one before, so it needs all of them. A file that was not finished has another name.
 */
public final class CheckpointFolder {
    /** More of them than this are never written, and never read. */
    public static final int MOST = 1000;

    private final Path path;

    CheckpointFolder(Path path) {
        this.path = path;
    }

    /**
     * Starts to write a checkpoint; it is there once {@link MachineStateWriter#finish} has returned.
     *
     * @param number from 1, without gaps, up to {@link #MOST}
     * @param block in which pages are gathered; it may serve another writer afterwards
     */
    public MachineStateWriter write(int number, MachineStateHead head, StateBlock block) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot create " + path, e);
        }
        return MachineStateWriter.ofCheckpoint(file(number), head, block);
    }

    /** The finished ones, in order; empty when there are none. */
    List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (int number = 1; number <= MOST && Files.isRegularFile(file(number)); number++) {
            files.add(file(number));
        }
        return files;
    }

    private Path file(int number) {
        return path.resolve("%06d".formatted(number));
    }
}
