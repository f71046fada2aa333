package org.retrovisor.tools.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.retrovisor.monitor.oracle.CaseJournal;
import org.retrovisor.monitor.oracle.Silicon;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.report.Figures;

/**
 * The long run of the comparison with the host's processor: rows, sequences and faults again and again, with other cases each time. Cases run
 * in a process of their own, so that one that brings it down, or never ends, is reported like any other difference, and the rest goes on.
 */
public final class SiliconBench {
    private static final long NANOS_PER_REPORT = 10_000_000_000L;
    private static final int MOST_DIFFERENCES = 20;
    /** What a row, or a lot of sequences or faults, takes is seconds at most. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

    /** How long to go on: until so many cases ran, or so much time passed; 0 for no such limit. */
    public record Limit(long cases, long nanos) {}

    /** Sums over one part of the comparison. */
    public static final class Sum {
        private long size;
        private long compared;
        private long faulted;
        private long different;

        /** Rows, sequences or faults in a round. */
        public long size() {
            return size;
        }

        /** Cases that ran on the host and on the model. */
        public long compared() {
            return compared;
        }

        /** Cases that raised a fault, and did not run on the host. */
        public long faulted() {
            return faulted;
        }

        /** Rows, or lots of sequences or faults, that differed in a round. */
        public long different() {
            return different;
        }
    }

    /** What came of it; {@code differences} are reports, the first few. */
    public record Result(
            long seed, int rounds, long nanos, Map<Silicon.Part, Sum> sums, List<String> differences, long compared) {}

    /** Starts the process that runs the cases: from a row of a round on, with the journal in a file. */
    @FunctionalInterface
    interface Worker {
        Process start(long seed, int round, int index, Path journal) throws IOException;
    }

    private final List<? extends Silicon.Subject> subjects;
    private final Worker worker;
    private final Map<Silicon.Part, Sum> sums = new EnumMap<>(Silicon.Part.class);
    private final List<String> differences = new ArrayList<>();
    private final Limit limit;
    private final Duration longestSilence;
    private final Consumer<String> progress;
    private final long start = System.nanoTime();
    private long nextReport = start + NANOS_PER_REPORT;
    private long compared;
    private int round;
    private int index;

    SiliconBench(List<? extends Silicon.Subject> subjects, Worker worker, Limit limit, Duration longestSilence,
            Consumer<String> progress) {
        this.subjects = subjects;
        this.worker = worker;
        this.limit = limit;
        this.longestSilence = longestSilence;
        this.progress = progress;
        subjects.forEach(subject -> sumOf(subject).size += subject.size());
    }

    /**
     * Compares until the limit, at least each row once, or until the differences are many.
     *
     * @param progress gets a line now and then
     */
    public static Result compare(Limit limit, long seed, Consumer<String> progress) {
        Silicon.obstacle().ifPresent(obstacle -> {
            throw new ToolException(ExitCode.MISSING_TOOL, obstacle);
        });
        return new SiliconBench(new Silicon().subjects(), SiliconBench::start, limit, LONGEST_SILENCE, progress)
                .run(seed);
    }

    private static Process start(long seed, int round, int index, Path journal) throws IOException {
        List<String> command = OwnProcess.command(SiliconWorker.class);
        command.addAll(1, List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"));
        command.addAll(List.of(Long.toString(seed), Integer.toString(round), Integer.toString(index),
                journal.toString()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    Result run(long seed) {
        Path journal = null;
        try {
            journal = Files.createTempFile("retrovisor-silicon", ".case");
            while (!isOver()) {
                runWorker(seed, journal);
            }
            int rounds = index == 0 ? round : round + 1;
            return new Result(seed, rounds, System.nanoTime() - start, sums, differences, compared);
        } catch (IOException e) {
            throw new ToolException(ExitCode.INTERNAL, "cannot start retrovisor again: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ToolException(ExitCode.INTERRUPTED, "interrupted; nothing was compared", e);
        } finally {
            deleteQuietly(journal);
        }
    }

    /** Takes in what a worker finds until the limit, or until the worker dies or falls silent: of the row that comes next. */
    private void runWorker(long seed, Path journal) throws IOException, InterruptedException {
        Process process = worker.start(seed, round, index, journal);
        try (Watchdog watchdog = new Watchdog(process, longestSilence);
                BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                watchdog.heard();
                take(line);
                if (isOver()) {
                    return;
                }
            }
            String end = watchdog.hasBitten()
                    ? "was silent for " + longestSilence.toSeconds() + " s"
                    : "died with exit code " + process.waitFor();
            Silicon.Subject subject = subjects.get(index);
            differences.add("%s, seed %d: the comparing process %s in %s".formatted(subject, seed + round, end,
                    CaseJournal.underWay(journal).orElse("no case")));
            sumOf(subject).different++;
            next();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private void take(String line) {
        String[] words = line.split(" ");
        if (Integer.parseInt(words[0]) != round || Integer.parseInt(words[1]) != index) {
            throw new IllegalStateException("not the row that comes next: " + line);
        }
        Sum sum = sumOf(subjects.get(index));
        sum.compared += Long.parseLong(words[2]);
        sum.faulted += Long.parseLong(words[3]);
        sum.different += words.length > 4 ? 1 : 0;
        compared += Long.parseLong(words[2]);
        for (int i = 4; i < words.length; i++) {
            differences.add(new String(Base64.getDecoder().decode(words[i]), StandardCharsets.UTF_8));
        }
        next();
        report();
    }

    private void next() {
        index++;
        if (index == subjects.size()) {
            index = 0;
            round++;
        }
    }

    private void report() {
        long now = System.nanoTime();
        if (now >= nextReport) {
            nextReport = now + NANOS_PER_REPORT;
            progress.accept("%s cases compared in %s, %s".formatted(Figures.count(compared),
                    Figures.seconds(now - start), Figures.count(differences.size(), "difference")));
        }
    }

    private Sum sumOf(Silicon.Subject subject) {
        return sums.computeIfAbsent(subject.part(), unused -> new Sum());
    }

    private boolean isOver() {
        if (differences.size() >= MOST_DIFFERENCES) {
            return true;
        }
        boolean enough = limit.cases > 0 && compared >= limit.cases;
        return round > 0 && (enough || limit.nanos > 0 && System.nanoTime() - start >= limit.nanos);
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
