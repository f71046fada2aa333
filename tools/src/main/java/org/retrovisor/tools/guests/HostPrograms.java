package org.retrovisor.tools.guests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host to their end. */
public interface HostPrograms {

    /** What a program printed on both of its outputs, and its exit code. */
    record Result(int exitCode, String output) {
        /** Whether its exit code was 0. */
        public boolean succeeded() {
            return exitCode == 0;
        }

        /** The line that most likely says what went wrong: the last one that is not empty. */
        public String lastLine() {
            List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
            return lines.isEmpty() ? "exit code " + exitCode : lines.getLast().strip();
        }
    }

    /**
     * Runs a program in a directory, in the C locale and without standard input.
     *
     * @throws IOException if it can't be started, above all because it is not installed
     * @throws InterruptedException if this thread is interrupted; the program is then ended
     */
    Result run(Path directory, Duration limit, List<String> command) throws IOException, InterruptedException;

    /** The host's real programs. */
    static HostPrograms real() {
        return HostPrograms::start;
    }

    private static Result start(Path directory, Duration limit, List<String> command)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("retrovisor", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile());
            builder.environment().put("LC_ALL", "C");
            builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
            Process process = builder.start();
            try {
                boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
                String text = Files.readString(output, StandardCharsets.ISO_8859_1);
                return ended
                        ? new Result(process.exitValue(), text)
                        : new Result(-1, text + "\nnot finished after " + limit.toSeconds() + " seconds");
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
