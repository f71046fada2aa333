package org.retrovisor.tools.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A silent process is ended, but not one that somebody has stopped. */
@EnabledOnOs(OS.LINUX)
class WatchdogTest {
    private static final Duration LONGEST_SILENCE = Duration.ofMillis(200);

    private Process process;

    /** A process that says nothing. */
    private void start() throws IOException {
        process = new ProcessBuilder("sleep", "600").start();
    }

    @AfterEach
    void end() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private void signal(String name) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int n = 0; n < 6000 && !condition.getAsBoolean(); n++) {
            Thread.sleep(10);
        }
        assertTrue(condition.getAsBoolean());
    }

    @Test
    void aSilentProcessIsEnded() throws Exception {
        start();
        assertFalse(Watchdog.isStopped(process));
        try (Watchdog watchdog = new Watchdog(process, LONGEST_SILENCE)) {
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertTrue(watchdog.hasBitten());
        }
    }

    @Test
    void aStoppedProcessIsNotSilentUntilItGoesOn() throws Exception {
        start();
        signal("STOP");
        await(() -> Watchdog.isStopped(process));
        try (Watchdog watchdog = new Watchdog(process, LONGEST_SILENCE)) {
            assertFalse(process.waitFor(5 * LONGEST_SILENCE.toMillis(), TimeUnit.MILLISECONDS));
            assertFalse(watchdog.hasBitten());
            signal("CONT");
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            assertTrue(watchdog.hasBitten());
        }
    }

    @Test
    void oneThatHasEndedIsNotStopped() throws Exception {
        start();
        process.destroyForcibly().waitFor();
        assertFalse(Watchdog.isStopped(process));
    }
}
