package org.retrovisor.tools.task;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds programs of the host as a shell does. */
public final class Programs {
    private Programs() {}

    /** The program of that name on the PATH; null when there is none. */
    public static Path onPath(String name, Map<String, String> environment) {
        for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path found = executable(Path.of(folder, name));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The file itself if it can be executed; else null. */
    static Path executable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file) ? file : null;
    }
}
