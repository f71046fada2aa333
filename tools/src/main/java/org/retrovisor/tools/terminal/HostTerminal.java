package org.retrovisor.tools.terminal;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The terminal of this process, as Linux shows it in /proc; raw mode by the program stty. */
final class HostTerminal implements Terminal {
    private static final File DEVICE = new File("/dev/tty");
    private static final long STTY_SECONDS = 2;
    /**
     * Output processing stays on, so that our own messages look right. Guests send CR LF; a second CR does no harm.
     */
    private static final List<String> RAW = List.of("-icanon", "-isig", "-iexten", "-echo", "-ixon", "-icrnl", "min",
            "1",
            "time", "0");

    private final boolean input;
    private final boolean output;
    private final boolean error;

    private HostTerminal(boolean input, boolean output, boolean error) {
        this.input = input;
        this.output = output;
        this.error = error;
    }

    static Terminal detect() {
        return new HostTerminal(isTerminal(0), isTerminal(1), isTerminal(2));
    }

    private static boolean isTerminal(int descriptor) {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor))).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException _) {
            // No /proc: the JDK only tells about input and output together.
            return System.console() != null && System.console().isTerminal();
        }
    }

    @Override
    public boolean input() {
        return input;
    }

    @Override
    public boolean output() {
        return output;
    }

    @Override
    public boolean error() {
        return error;
    }

    @Override
    public RawMode raw() {
        String before = input ? stty(List.of("-g")) : null;
        if (before == null || stty(RAW) == null) {
            return () -> {
            };
        }
        AtomicBoolean done = new AtomicBoolean();
        Runnable restore = () -> {
            if (done.compareAndSet(false, true)) {
                stty(List.of(before));
            }
        };
        // Also when the process dies of a signal or calls exit.
        Thread hook = new Thread(restore, "restore-terminal");
        Runtime.getRuntime().addShutdownHook(hook);
        return () -> {
            restore.run();
            forget(hook);
        };
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process is ending; the hook finds nothing to do.
        }
    }

    /** Runs stty on the terminal; its output, or null when it failed. */
    private static String stty(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command).redirectInput(DEVICE).start();
            // A process in the background is stopped when it changes the terminal: do not wait for ever.
            if (!process.waitFor(STTY_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return null;
            }
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return process.exitValue() == 0 ? text.strip() : null;
        } catch (IOException _) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
