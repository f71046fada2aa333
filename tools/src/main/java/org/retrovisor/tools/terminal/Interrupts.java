package org.retrovisor.tools.terminal;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.tools.ExitCode;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Takes SIGINT, SIGTERM and SIGHUP while a command must end in order. The first calls the given action; the second ends
 * the process at once, for an ending that hangs.
 */
public final class Interrupts implements AutoCloseable {
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

    private record Replaced(Signal signal, SignalHandler former) {}

    private final List<Replaced> replaced = new ArrayList<>();
    private final Runnable action;
    private volatile boolean interrupted;

    private Interrupts(Runnable action) {
        this.action = action;
    }

    /** Calls {@code action} on a thread of its own when a signal comes, until closed. */
    public static Interrupts handle(Runnable action) {
        Interrupts interrupts = new Interrupts(action);
        for (String name : SIGNALS) {
            interrupts.replace(name, interrupts::arrived);
        }
        return interrupts;
    }

    /** Leaves Ctrl-C to a program that shares the terminal with us, until closed. */
    public static Interrupts ignore() {
        Interrupts interrupts = new Interrupts(() -> {});
        // Not SIG_IGN: the program would inherit that.
        interrupts.replace("INT", signal -> {});
        return interrupts;
    }

    private void replace(String name, SignalHandler handler) {
        try {
            Signal signal = new Signal(name);
            replaced.add(new Replaced(signal, Signal.handle(signal, handler)));
        } catch (IllegalArgumentException _) {
            // The host has no such signal, or the JVM keeps it (-Xrs): then it ends the process as it always did.
        }
    }

    private void arrived(Signal signal) {
        if (interrupted) {
            Runtime.getRuntime().halt(ExitCode.INTERRUPTED.number());
        }
        interrupted = true;
        action.run();
    }

    /** Whether a signal came. */
    public boolean interrupted() {
        return interrupted;
    }

    @Override
    public void close() {
        for (Replaced each : replaced) {
            Signal.handle(each.signal(), each.former());
        }
    }
}
