package org.retrovisor.gdbstub.gdb;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Runs the gdb of this machine against a stub. */
final class RealGdb {
    private static final int TIMEOUT_SECONDS = 60;

    /** Commands that begin so are executed before gdb connects, for later they would come too late. */
    private static final String BEFORE = "set remote ";

    private final Process process;
    private final Path output;

    private RealGdb(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Skips the test where there is no gdb, except on the build server, which must have one. */
    static void require() {
        boolean there = Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "gdb")));
        if (!there && "true".equals(System.getenv("CI"))) {
            Assertions.fail("gdb is not installed, and CI=true demands the tests with it");
        }
        Assumptions.assumeTrue(there, "gdb is not installed: the tests with a real gdb are skipped");
    }

    /** Connects, executes the commands, and returns everything gdb wrote. */
    static String run(InetSocketAddress server, String... commands) throws Exception {
        return start(server, commands).finish();
    }

    static RealGdb start(InetSocketAddress server, String... commands) throws IOException {
        List<String> line = new ArrayList<>(List.of("gdb", "-nx", "-batch", "-ex", "set tcp auto-retry off"));
        for (String command : commands) {
            if (command.startsWith(BEFORE)) {
                line.addAll(List.of("-ex", command));
            }
        }
        line.addAll(List.of("-ex", "target remote 127.0.0.1:" + server.getPort()));
        for (String command : commands) {
            line.addAll(List.of("-ex", command));
        }
        return launch(new ProcessBuilder(line));
    }

    private static RealGdb launch(ProcessBuilder builder) throws IOException {
        Path output = Files.createTempFile("gdb", ".txt");
        builder.redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("DEBUGINFOD_URLS", "");
        builder.environment().put("LC_ALL", "C");
        return new RealGdb(builder.start(), output);
    }

    /** A gdb in which somebody types, so that it shows its prompt before each command. */
    static RealGdb type(InetSocketAddress server, String... commands) throws IOException {
        Path input = Files.createTempFile("gdb", ".gdb");
        List<String> lines = new ArrayList<>(List.of("set confirm off", "target remote 127.0.0.1:" + server.getPort()));
        lines.addAll(List.of(commands));
        Files.write(input, lines);
        try {
            return launch(new ProcessBuilder("gdb", "-nx", "-q").redirectInput(input.toFile()));
        } finally {
            Files.delete(input);
        }
    }

    /** Presses Ctrl-C. */
    void interrupt() throws Exception {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    void kill() throws Exception {
        process.destroyForcibly().waitFor();
    }

    String written() throws IOException {
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    String finish() throws Exception {
        try {
            boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Assertions.assertTrue(ended, () -> "gdb hangs; so far it wrote:\n" + quietly());
            return written().replace("(gdb) ", "");
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(output);
        }
    }

    private String quietly() {
        try {
            return written();
        } catch (IOException e) {
            return e.toString();
        }
    }
}
