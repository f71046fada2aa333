package org.retrovisor.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The files of this repository as the tests look at them: sources, not what a build or a run made. */
public final class RepositoryFiles {

    private static final Set<String> SKIPPED_FOLDERS = Set.of("target", ".git", ".idea", ".settings",
            ".jqwik-database");

    private RepositoryFiles() {}

    /** The top folder, found from wherever the tests were started. */
    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("retrovisor"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("not inside the repository: " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    static List<Path> sources() {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(root(), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String name = folder.getFileName().toString();
                    boolean skip = SKIPPED_FOLDERS.contains(name) || name.endsWith(".rv");
                    return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    found.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    static List<Path> javaSources() {
        return sources().stream().filter(file -> file.toString().endsWith(".java")).toList();
    }
}
