package org.retrovisor.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.Manifest;

/** Copies of traces, and other manifests for them. */
public final class TraceFolders {
    private TraceFolders() {}

    /** Copies the folder of a trace, and returns the copy's. */
    public static Path copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return to;
    }

    /** Gives a trace another manifest, which must be one that can be written. */
    public static void changeManifest(Path trace, Consumer<Manifest.Builder> change) {
        // A trace's folder is only ever made new, so another one lends its way to write a manifest.
        Path other = trace.resolveSibling(trace.getFileName() + ".other");
        TraceDirectory directory = TraceDirectory.create(other);
        try {
            Files.move(trace.resolve("manifest"), other.resolve("manifest"));
            Manifest.Builder manifest = directory.readManifest().toBuilder();
            change.accept(manifest);
            directory.writeManifest(manifest.build());
            Files.move(other.resolve("manifest"), trace.resolve("manifest"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
