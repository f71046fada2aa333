package org.retrovisor.tools.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * All that a command may touch of the process it runs in.
 *
 * @param in what is typed
 * @param out results and the guest's console
 * @param err messages
 * @param terminal which of them is a terminal
 * @param environment the environment variables
 */
public record Surroundings(InputStream in, PrintStream out, PrintStream err, Terminal terminal,
        Map<String, String> environment) {

    /** Those of this process. The streams are unbuffered beneath: who writes much brings a buffer. */
    public static Surroundings ofProcess() {
        return new Surroundings(new FileInputStream(FileDescriptor.in), stream(FileDescriptor.out),
                stream(FileDescriptor.err), HostTerminal.detect(), System.getenv());
    }

    /** Nothing is typed, and nothing that is written goes anywhere. */
    public static Surroundings nowhere() {
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        return new Surroundings(InputStream.nullInputStream(), nothing, nothing, Terminal.NONE, Map.of());
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
