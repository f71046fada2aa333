package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.StoredFile;

/**
 * A trace opened for reading, from its folder or from a bundle. What the manifest says about the log is checked when it
 * is opened; readers of the log and of the initial state may be opened as often as needed, also on several threads.
 */
public final class Trace implements AutoCloseable {

    private final Path source;
    private final TraceDirectory directory;
    private final AutoCloseable cleanup;
    private final Manifest manifest;

    Trace(Path source, TraceDirectory directory, AutoCloseable cleanup) {
        this.source = source;
        this.directory = directory;
        this.cleanup = cleanup;
        this.manifest = directory.readManifest();
        checkLog();
    }

    private void checkLog() {
        try (EventLogReader log = openEventLog()) {
            if (manifest.hasEnd()) {
                End end = manifest.getEnd();
                if (!log.isComplete() || log.events() != end.getEventCount() || log.lastMoment() != end.getMoment()) {
                    throw TraceException.corrupt("the event log is corrupt: it holds %d events up to moment %d, and the"
                            + " manifest promises %d up to moment %d; take another copy of the trace", log.events(),
                            log.lastMoment(), end.getEventCount(), end.getMoment());
                }
            }
        }
    }

    /** The folder or file that the user named. */
    public Path source() {
        return source;
    }

    public Manifest manifest() {
        return manifest;
    }

    /** Whether the recorder closed it in order. If not, it replays up to the last event that was saved. */
    public boolean isComplete() {
        return manifest.hasEnd();
    }

    /** A new reader, standing on the first event. */
    public EventLogReader openEventLog() {
        if (!Files.isDirectory(directory.events())) {
            throw TraceException.corrupt("%s has no event log; the recorder died before it began, record again",
                    source);
        }
        return EventLogReader.open(directory.events());
    }

    /** A new reader of the state at moment 0. */
    public MachineStateReader openInitialState() {
        checkInitialStateSize();
        MachineStateReader state = MachineStateReader.open(directory.initialState());
        if (state.head().getMemoryBytes() != manifest.getMachine().getMemoryBytes()
                || state.head().getProcessorsCount() != manifest.getMachine().getProcessors()) {
            state.close();
            throw TraceException.corrupt("the initial state is corrupt: it is not of the machine of the manifest");
        }
        return state;
    }

    /**
     * The checkpoints that were taken while recording and that the event log reaches, by ascending moment. Reads their
     * heads; pages are read when they are asked for.
     *
     * @throws TraceException when one of them is damaged
     */
    public List<StoredCheckpoint> checkpoints() {
        try (EventLogReader log = openEventLog()) {
            return StoredCheckpoint.readHeads(directory.checkpoints(), manifest.getMachine(), log);
        }
    }

    /**
     * The moments that people gave names to, by name.
     *
     * @throws TraceException when the file is damaged
     */
    public SortedMap<String, Long> bookmarks() {
        return BookmarkFile.read(directory.bookmarks());
    }

    /** Whether a moment can be called so: no blanks, nothing that cannot be seen, at most 100 characters. */
    public static boolean isBookmarkName(String name) {
        return BookmarkFile.isName(name);
    }

    /** Whether {@link #keepBookmarks} is possible: a bundle stays as it was packed. */
    public boolean canKeepBookmarks() {
        return source.equals(directory.path());
    }

    /**
     * Replaces all bookmarks in the folder of the trace.
     *
     * @throws TraceException when it cannot be written to
     */
    public void keepBookmarks(Map<String, Long> bookmarks) {
        BookmarkFile.write(directory.bookmarks(), bookmarks);
    }

    private void checkInitialStateSize() {
        if (!manifest.hasInitialState()) {
            throw TraceException.corrupt(
                    "%s has no initial state; the recorder died before it was saved, record again", source);
        }
        try {
            long size = Files.size(directory.initialState());
            if (size != manifest.getInitialState().getSizeBytes()) {
                throw TraceException.corrupt("the initial state is corrupt: it has %d bytes, and the manifest promises"
                        + " %d; take another copy of the trace", size, manifest.getInitialState().getSizeBytes());
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + directory.initialState(), e);
        }
    }

    /** Reads all of it and checks every digest and checksum; throws at the first that is wrong. */
    public void checkIntegrity() {
        checkInitialStateSize();
        StoredFile initial = manifest.getInitialState();
        if (!Arrays.equals(Digests.sha256(directory.initialState()), initial.getSha256().toByteArray())) {
            throw TraceException.corrupt("the initial state is corrupt: it does not match its digest in the manifest");
        }
        try (MachineStateReader state = openInitialState(); EventLogReader log = openEventLog()) {
            state.pages((number, page) -> {
            });
            log.checkAll();
        }
        bookmarks();
        for (StoredCheckpoint checkpoint : checkpoints()) {
            checkpoint.pages((number, page, difference) -> {
            });
        }
    }

    /** Bytes that the trace takes, less the room that the queue took in advance. */
    public long bytes() {
        return directory.bytes();
    }

    TraceDirectory directory() {
        return directory;
    }

    /** Removes what was unpacked. */
    @Override
    public void close() {
        try {
            cleanup.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
