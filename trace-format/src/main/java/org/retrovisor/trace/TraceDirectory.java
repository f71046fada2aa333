package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.retrovisor.trace.proto.Manifest;

/**
 * The folder of a trace and the names in it.
 *
 * <pre>
 *   NAME.rv/
 *     manifest          what it is and how it ended
 *     initial-state     processors and RAM at moment 0
 *     events/           the event log: one queue file
 *     checkpoints/      000001 and so on: machine states taken later; may be missing
 *     bookmarks         names that people gave to moments; may be missing
 * </pre>
 */
public final class TraceDirectory {

    static final String MANIFEST = "manifest";
    static final String INITIAL_STATE = "initial-state";
    static final String EVENTS = "events";
    static final String CHECKPOINTS = "checkpoints";
    static final String BOOKMARKS = "bookmarks";

    private final Path path;

    TraceDirectory(Path path) {
        this.path = path;
    }

    /**
     * Makes the folder of a new trace.
     *
     * @throws TraceException if anything of that name exists, or it cannot be made; nothing is overwritten
     */
    public static TraceDirectory create(Path path) {
        try {
            Files.createDirectory(path);
            return new TraceDirectory(path);
        } catch (FileAlreadyExistsException e) {
            throw new TraceException(TraceException.Reason.OUTPUT_EXISTS,
                    path + " exists already; choose another name or remove it", e);
        } catch (NoSuchFileException e) {
            throw new TraceException(TraceException.Reason.INPUT_OUTPUT,
                    "cannot create " + path + ": the directory around it does not exist", e);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot create " + path, e);
        }
    }

    public Path path() {
        return path;
    }

    /** The folder for {@link EventLogWriter} and {@link EventLogReader}. */
    public Path events() {
        return path.resolve(EVENTS);
    }

    /** The file for {@link MachineStateWriter} and {@link MachineStateReader}. */
    public Path initialState() {
        return path.resolve(INITIAL_STATE);
    }

    /** The checkpoints, of which there may be none. */
    public CheckpointFolder checkpoints() {
        return new CheckpointFolder(path.resolve(CHECKPOINTS));
    }

    Path bookmarks() {
        return path.resolve(BOOKMARKS);
    }

    /** Bytes that the trace takes, less the room that the queue took in advance. */
    public long bytes() {
        return TraceBundle.files(this).stream().mapToLong(TraceBundle.Member::size).sum();
    }

    /** Validates the manifest and replaces the one that stands, as one step. */
    public void writeManifest(Manifest manifest) {
        ManifestFile.write(path.resolve(MANIFEST), manifest);
    }

    /** Reads and validates the manifest. */
    public Manifest readManifest() {
        return ManifestFile.read(path.resolve(MANIFEST));
    }

    /** Removes the folder and all that is in it: for a recording that failed before it began. */
    public void delete() {
        deleteTree(path);
    }

    static void deleteTree(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.getNameCount() - a.getNameCount()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot remove " + folder, e);
        }
    }
}
