package org.retrovisor.trace;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A recorder killed with SIGKILL leaves a log that reads up to its last flush. */
class KilledRecorderTest {

    @TempDir
    Path folder;

    /** The victim: writes for ever, and says after each flush how many events are safe. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            EventLogWriter log = new EventLogWriter(Path.of(arguments[0]));
            for (long i = 0;; i++) {
                log.append(EventKind.TIMESTAMP, i, 3 * i);
                if (i % 1000 == 999) {
                    log.flush();
                    System.out.println(i + 1);
                }
            }
        }
    }

    @Test
    void whatWasFlushedSurvivesAKill() throws IOException, InterruptedException {
        long safe = 0;
        Process victim = start();
        try (BufferedReader output = victim.inputReader(StandardCharsets.UTF_8)) {
            for (int lines = 0; lines < 100; lines++) {
                safe = Long.parseLong(output.readLine());
            }
            victim.destroyForcibly();
            assertTrue(victim.waitFor(20, TimeUnit.SECONDS));
        }
        try (EventLogReader log = EventLogReader.open(folder)) {
            assertFalse(log.isComplete());
            assertTrue(log.events() >= safe, log.events() + " events left of " + safe);
            for (long i = 0; !log.atEnd(); i++, log.next()) {
                assertEquals(3 * i, log.value());
            }
        }
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--")).toList());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Victim.class.getName(), folder.toString()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
