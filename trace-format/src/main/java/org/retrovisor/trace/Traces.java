package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Opens traces, whichever form they have. */
public final class Traces {

    private Traces() {}

    /**
     * Opens a trace folder or a bundle; a bundle is unpacked into a private folder that {@link Trace#close} removes.
     *
     * @throws TraceException if there is none, or it is damaged
     */
    public static Trace open(Path path) {
        if (!Files.exists(path)) {
            throw new TraceException(TraceException.Reason.NOT_FOUND, path + " does not exist");
        }
        if (Files.isDirectory(path)) {
            return new Trace(path, new TraceDirectory(path), () -> {
            });
        }
        try {
            if (TraceBundle.looksLikeOne(path)) {
                return openBundle(path);
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read " + path, e);
        }
        throw new TraceException(TraceException.Reason.NOT_A_TRACE,
                path + " is not a trace: it is neither a trace directory nor a file made by pack");
    }

    private static Trace openBundle(Path path) {
        TemporaryFolder folder = TemporaryFolder.create();
        try {
            TraceBundle.unpack(path, folder.path());
            return new Trace(path, new TraceDirectory(folder.path()), folder);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /**
     * Packs a trace into one file.
     *
     * @throws TraceException if the file exists already or cannot be written
     */
    public static void pack(Trace trace, Path bundle) {
        pack(trace, bundle, bytes -> {
        });
    }

    /**
     * Packs a trace into one file.
     *
     * @param progress is told how many of {@link Trace#bytes} are packed, after each file
     * @throws TraceException if the file exists already or cannot be written
     */
    public static void pack(Trace trace, Path bundle, LongConsumer progress) {
        TraceBundle.pack(trace.directory(), bundle, progress);
    }
}
