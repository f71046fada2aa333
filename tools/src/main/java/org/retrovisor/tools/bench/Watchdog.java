package org.retrovisor.tools.bench;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Ends a process that has been silent for too long. Time in which we were stopped ourselves counts as one tick at most. */
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
        if (silentTicks.incrementAndGet() >= TICKS) {
            bitten = true;
            process.destroyForcibly();
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
