package org.retrovisor.tools.guests;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Map;

/**
 * The user's folder for guests that were downloaded or built. An entry appears under its name complete or not at all:
 * it is made in a folder beside and then renamed, so that neither a kill nor a second process leaves half an entry.
 */
public final class GuestCache {
    private final Path root;

    /** A cache in the given folder, which is made when it is first needed. */
    public GuestCache(Path root) {
        this.root = root;
    }

    /** The cache of the user: {@code $XDG_CACHE_HOME/retrovisor/guests}, or {@code ~/.cache/retrovisor/guests}. */
    public static GuestCache ofUser() {
        return new GuestCache(ofUser("guests"));
    }

    /** A folder beside the one for guests. */
    public static Path ofUser(String name) {
        return userRoot(System.getenv(), System.getProperty("user.home")).resolveSibling(name);
    }

    static Path userRoot(Map<String, String> environment, String home) {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification tells us to ignore a relative path.
        Path base = xdg.startsWith("/") ? Path.of(xdg) : Path.of(home, ".cache");
        return base.resolve("retrovisor/guests");
    }

    /** Fills the folder of a new entry. */
    @FunctionalInterface
    public interface Maker {
        void make(Path folder) throws IOException, InterruptedException, GuestUnavailableException;
    }

    /** Returns the folder of an entry, after making it if it is not there. */
    public Path entry(String name, Maker maker) throws IOException, InterruptedException, GuestUnavailableException {
        Path entry = root.resolve(name);
        if (Files.isDirectory(entry)) {
            return entry;
        }
        Files.createDirectories(root);
        Path unfinished = Files.createTempDirectory(root, ".unfinished-");
        try {
            Path folder = Files.createDirectory(unfinished.resolve("entry"));
            maker.make(folder);
            publish(folder, entry);
        } finally {
            delete(unfinished);
        }
        return entry;
    }

    private static void publish(Path folder, Path entry) throws IOException {
        try {
            Files.move(folder, entry, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another process was faster; its entry is as good as ours.
            if (!Files.isDirectory(entry)) {
                throw e;
            }
        }
    }

    static void delete(Path tree) throws IOException {
        try (var paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
