package org.retrovisor.tools.travel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.retrovisor.tools.RepositoryFiles;

/** This machine's gdb, in batch mode and connected to a server, with its output in a file. */
final class Gdb {
    private static final int TIMEOUT_SECONDS = 120;

    private final Process process;
    private final Path output;

    private Gdb(Process process, Path output) {
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

    /** Loads an ELF file's symbols, if any, connects, executes commands, and gives back everything gdb wrote. */
    static String run(InetSocketAddress server, Path symbols, String... commands) throws Exception {
        return start(server, symbols, commands).finish();
    }

    static Gdb start(InetSocketAddress server, Path symbols, String... commands) throws IOException {
        List<String> line = new ArrayList<>(List.of("gdb", "-nx", "-batch", "-ex", "set tcp auto-retry off"));
        line.addAll(List.of("-ex", "set width 0"));
        line.addAll(List.of("-ex", symbols == null ? "set architecture i386:x86-64" : "file " + symbols));
        line.addAll(List.of("-ex", "target remote 127.0.0.1:" + server.getPort()));
        for (String command : commands) {
            line.addAll(List.of("-ex", command));
        }
        Path output = Files.createTempFile("gdb", ".txt");
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(RepositoryFiles.root().toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("DEBUGINFOD_URLS", "");
        builder.environment().put("LC_ALL", "C");
        return new Gdb(builder.start(), output);
    }

    /** Waits until gdb has written a text. */
    void await(String text) throws Exception {
        for (int i = 0; i < 50 * TIMEOUT_SECONDS && !written().contains(text); i++) {
            Thread.sleep(20);
        }
        Assertions.assertTrue(written().contains(text), this::writtenOrWhy);
    }

    /** Presses Ctrl-C. */
    void interrupt() throws Exception {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    private String written() throws IOException {
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    private String writtenOrWhy() {
        try {
            return "gdb wrote:\n" + written();
        } catch (IOException e) {
            return e.toString();
        }
    }

    String finish() throws Exception {
        try {
            Assertions.assertTrue(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS), this::writtenOrWhy);
            return written();
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(output);
        }
    }

    /** Texts that must appear, in this order. */
    static void assertInOrder(String output, String... wanted) {
        int at = 0;
        for (String text : wanted) {
            int found = output.indexOf(text, at);
            Assertions.assertTrue(found >= 0, () -> "no \"" + text + "\" at its place in:\n" + output);
            at = found + text.length();
        }
    }

    /** The values that print commands showed, in order. */
    static List<String> values(String output) {
        List<String> values = new ArrayList<>();
        Matcher matcher = Pattern.compile("^\\$\\d+ = (.*)$", Pattern.MULTILINE).matcher(output);
        while (matcher.find()) {
            values.add(matcher.group(1));
        }
        return values;
    }
}
