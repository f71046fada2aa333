package org.retrovisor.tools.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.Main;
import org.retrovisor.tools.ToolException;

/** Starts this program again, with the same Java and the same options, as a user would start it. */
public final class OwnProcess {
    private OwnProcess() {}

    /** Executes a command line in a new process, without input; returns its standard output. */
    public static String output(List<String> arguments) {
        return output(arguments, null);
    }

    /**
     * Executes a command line in a new process; returns its standard output.
     *
     * @param typist writes the process's input, on a thread of its own; null for no input
     */
    static String output(List<String> arguments, Consumer<OutputStream> typist) {
        List<String> command = command();
        command.addAll(arguments);
        Path messages = null;
        try {
            messages = Files.createTempFile("retrovisor", ".err");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(messages.toFile());
            if (typist == null) {
                builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
            }
            Process process = builder.start();
            Thread typing = typist == null
                    ? null
                    : Thread.ofPlatform().start(() -> typist.accept(process.getOutputStream()));
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (typing != null) {
                typing.join();
            }
            if (code != 0) {
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

    /** A number in the JSON that this program itself printed. */
    static double figure(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return Double.parseDouble(matcher.group(1));
    }

    /** The command line that starts another main class of ours with the same Java. */
    static List<String> command(Class<?> main) {
        List<String> command = command();
        command.set(command.size() - 1, main.getName());
        return command;
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
