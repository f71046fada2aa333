package org.retrovisor.tools.bench;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.oracle.CaseJournal;
import org.retrovisor.monitor.oracle.Silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The process that watches over the comparison: that a worker's death is a finding and not the end. */
class SiliconBenchTest {
    private static final SiliconBench.Limit ONE_ROUND = new SiliconBench.Limit(1, 0);

    @TempDir
    Path folder;

    private final List<String> started = new ArrayList<>();

    private static List<Silicon.OfRow> subjects() {
        return InstructionTable.standard().rows().subList(0, 4).stream()
                .map(row -> new Silicon.OfRow(row, CodeSize.BITS_64)).toList();
    }

    /** A worker that prints these lines and is gone. */
    private SiliconBench bench(List<String> outputs) {
        return new SiliconBench(subjects(), (seed, round, index, journal) -> {
            started.add(seed + " " + round + " " + index);
            return new Ended(outputs.get(started.size() - 1));
        }, ONE_ROUND, Duration.ofMinutes(1), _ -> {});
    }

    @Test
    void aRowThatSilencesItsWorkerIsReportedAndTheRestGoesOn() {
        List<Process> workers = List.of(new Silent("0 0 100 5\n"), new Ended("0 2 7 0\n0 3 1 1\n"));
        SiliconBench.Result result = new SiliconBench(subjects(), (seed, round, index, journal) -> {
            started.add(seed + " " + round + " " + index);
            return workers.get(started.size() - 1);
        }, ONE_ROUND, Duration.ofSeconds(1), _ -> {}).run(9);
        assertEquals(List.of("9 0 0", "9 0 2"), started);
        assertEquals(108, result.compared());
        assertEquals(1, result.differences().size());
        assertTrue(result.differences().getFirst()
                .contains(subjects().get(1) + ", seed 9: the comparing process was silent"
                        + " for 1 s in no case"),
                result.differences().getFirst());
    }

    @Test
    void aRowThatEndsItsWorkerIsReportedAndTheRestGoesOn() {
        SiliconBench.Result result = bench(List.of("0 0 100 5\n0 1 50 0\n", "0 3 7 0\n1 0 1 1\n")).run(9);
        assertEquals(List.of("9 0 0", "9 0 3"), started);
        assertEquals(157, result.compared());
        assertEquals(1, result.differences().size());
        assertTrue(result.differences().getFirst().contains(subjects().get(2) + ", seed 9: the comparing process died"
                + " with exit code 134 in no case"), result.differences().getFirst());
        assertEquals(1, result.sums().get(Silicon.Part.ROWS_64).different());
    }

    @Test
    void differencesAreHandedOn() {
        String report = Base64.getEncoder().encodeToString("RAX 1, should be 2\n".getBytes(StandardCharsets.UTF_8));
        SiliconBench.Result result = bench(List.of("0 0 1 0 " + report + "\n0 1 1 0\n0 2 1 0\n0 3 1 0\n")).run(1);
        assertEquals(List.of("RAX 1, should be 2\n"), result.differences());
        assertEquals(1, result.rounds());
    }

    @Test
    void theWorkerItselfComparesAndNotesItsCases() throws Exception {
        Silicon.obstacle().ifPresent(obstacle -> Assumptions.abort(obstacle));
        Path journal = folder.resolve("journal");
        List<String> command = OwnProcess.command(SiliconWorker.class);
        command.addAll(List.of("1", "0", "0", journal.toString()));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var lines = process.inputReader()) {
            assertTrue(lines.readLine().matches("0 0 [1-9]\\d* \\d+"));
            assertTrue(lines.readLine().matches("0 1 [1-9]\\d* \\d+"));
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertTrue(CaseJournal.underWay(folder.resolve("none")).isEmpty());
    }

    /** A process that has printed something and goes on for ever, until it is ended. */
    private static final class Silent extends Ended {
        private final CountDownLatch end = new CountDownLatch(1);

        Silent(String output) {
            super(output);
        }

        @Override
        public InputStream getInputStream() {
            InputStream printed = super.getInputStream();
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    int next = printed.read();
                    await(next);
                    return next;
                }

                @Override
                public int read(byte[] bytes, int from, int length) throws IOException {
                    int read = printed.read(bytes, from, length);
                    await(read);
                    return read;
                }
            };
        }

        private void await(int read) {
            try {
                if (read < 0) {
                    assertTrue(end.await(1, TimeUnit.MINUTES), "nobody ended it");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void destroy() {
            end.countDown();
        }
    }

    /** A process that has printed something and ended as if by SIGABRT. */
    private static class Ended extends Process {
        private final String output;

        Ended(String output) {
            this.output = output;
        }

        @Override
        public OutputStream getOutputStream() {
            return new ByteArrayOutputStream();
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(output.getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public InputStream getErrorStream() {
            return InputStream.nullInputStream();
        }

        @Override
        public int waitFor() {
            return 134;
        }

        @Override
        public int exitValue() {
            return 134;
        }

        @Override
        public void destroy() {}
    }
}
