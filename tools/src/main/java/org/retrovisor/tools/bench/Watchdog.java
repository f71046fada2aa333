package org.retrovisor.tools.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends a process that has been silent for too long. Time in which we were stopped ourselves counts as one tick at most, time in which the
 * process was stopped not at all: who does that wants it to go on later.
 */
final class Watchdog implements AutoCloseable {
    private static final int TICKS = 20;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("watchdog").daemon().factory());
    private final AtomicInteger silentTicks = new AtomicInteger();
    private final Process process;
    private volatile boolean bitten;

    /** From now on the process must be heard at least so often. */
    Watchdog(Process process, Duration longestSilence) {
        this.process = process;
        long tick = longestSilence.toNanos() / TICKS;
        clock.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        if (!isStopped(process) && silentTicks.incrementAndGet() >= TICKS) {
            bitten = true;
            process.destroyForcibly();
        }
    }

    /**
     * Whether somebody stopped the process, by a signal or with a debugger: the first letter behind the command's name, which may hold anything
     * between its parentheses, in proc(5)'s stat. Not where there is no such file.
     */
    static boolean isStopped(Process process) {
        try {
            Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
            String line = Files.readString(stat, StandardCharsets.ISO_8859_1);
            String state = line.substring(line.lastIndexOf(')') + 1).strip();
            return state.startsWith("T") || state.startsWith("t");
        } catch (IOException | UnsupportedOperationException _) {
            return false; // it has just ended, or this is no Linux
        }
    }

    /** The process has said something. */
    void heard() {
        silentTicks.set(0);
    }

    /** Whether the process was ended for its silence. */
    boolean hasBitten() {
        return bitten;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
