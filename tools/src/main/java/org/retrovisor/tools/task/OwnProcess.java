package org.retrovisor.tools.task;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.Main;
import org.retrovisor.tools.ToolException;

/** Starts this program again, with the same Java and the same options, as a user would start it. */
final class OwnProcess {
    private OwnProcess() {}

    /** Executes a command line in a new process, without input and console; returns its standard output. */
    static String output(List<String> arguments) {
        List<String> command = command();
        command.addAll(arguments);
        Path messages = null;
        try {
            messages = Files.createTempFile("retrovisor", ".err");
            Process process = new ProcessBuilder(command).redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectError(messages.toFile())
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new ToolException(ExitCode.INTERNAL, "retrovisor %s failed: %s".formatted(arguments.getFirst(),
                        lastLine(messages)));
            }
            return output;
        } catch (IOException e) {
            throw new ToolException(ExitCode.INTERNAL, "cannot start retrovisor again: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted; nothing was measured", e);
        } finally {
            deleteQuietly(messages);
        }
    }

    private static List<String> command() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return command;
    }

    private static String lastLine(Path messages) throws IOException {
        List<String> lines = Files.readString(messages, StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.startsWith("retrovisor: "))
                .toList();
        return lines.isEmpty() ? "it said nothing" : lines.getLast().substring("retrovisor: ".length());
    }

    private static void deleteQuietly(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // A file that stays in the folder for temporary files harms nobody.
        }
    }
}
