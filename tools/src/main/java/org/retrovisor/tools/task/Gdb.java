package org.retrovisor.tools.task;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;

/** The gdb of the host: where it is, and how it is started on a trace that is being served. */
public final class Gdb {
    private final Path program;

    private Gdb(Path program) {
        this.program = program;
    }

    /**
     * Finds gdb.
     *
     * @param wanted a program or a name to look for on the PATH
     * @throws ToolException when there is none
     */
    public static Gdb find(String wanted, Map<String, String> environment) {
        Path found = wanted.contains(File.separator)
                ? Programs.executable(Path.of(wanted))
                : Programs.onPath(wanted, environment);
        if (found == null) {
            throw new ToolException(ExitCode.MISSING_TOOL, "cannot find " + wanted
                    + "; install gdb (Debian: apt-get install gdb), name one with --gdb, or only serve with --listen");
        }
        return new Gdb(found);
    }

    /** Whether there is a gdb on the PATH. */
    public static boolean isInstalled(Map<String, String> environment) {
        return Programs.onPath("gdb", environment) != null;
    }

    /** The arguments that connect gdb to a served trace, with the guest's symbols and our own commands. */
    public List<String> command(InetSocketAddress server, GuestSymbols symbols, List<String> more) {
        List<String> command = new ArrayList<>(List.of(program.toString(), "-q"));
        command.addAll(more);
        command.addAll(symbols.gdbArguments());
        for (String line : symbols.loadingCommands()) {
            command.addAll(List.of("-ex", line));
        }
        command.addAll(List.of("-ex", "target remote " + hostAndPort(server)));
        return command;
    }

    /** The same for a user's shell. */
    public static String commandLine(String server, GuestSymbols symbols) {
        List<String> words = new ArrayList<>(List.of("gdb"));
        Stream.concat(Stream.concat(symbols.scripts().stream().map(script -> "source " + script),
                symbols.loadingCommands().stream()), Stream.of("target remote " + server))
                .forEach(line -> words.addAll(List.of("-ex", "'" + line.replace("'", "'\\''") + "'")));
        return String.join(" ", words);
    }

    /** An address as gdb takes it. */
    public static String hostAndPort(InetSocketAddress address) {
        String host = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Runs gdb on our own terminal until the user leaves it; returns its exit code. */
    public int runInteractively(List<String> command) {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new ToolException(ExitCode.MISSING_TOOL,
                    "cannot start " + program + ": " + e.getMessage() + "; name another gdb with --gdb", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED.number();
        }
    }
}
