package org.retrovisor.tools.guests;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Host programs that tests use. Where one is missing a test is skipped with a message, except under CI: there it fails. */
public final class Programs {
    private static final int SECONDS = 60;

    private Programs() {}

    static void require(boolean condition, String message) {
        if ("true".equals(System.getenv("CI")) && !condition) {
            fail(message);
        }
        assumeTrue(condition, message);
    }

    /** Skips the test, or fails it under CI, when a program is missing. */
    public static void requireInstalled(String... programs) {
        for (String program : programs) {
            require(isInstalled(program), "this test needs the program " + program);
        }
    }

    /** Runs a program to its end and returns its standard output; fails when it fails or does not end. */
    public static String run(Path directory, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "program", ".out");
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                .redirectOutput(output.toFile()).start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output, StandardCharsets.ISO_8859_1);
        assertTrue(ended, () -> command + " did not end: " + text);
        assertEquals(0, process.exitValue(), () -> command + ": " + text);
        return text;
    }

    static boolean isInstalled(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
