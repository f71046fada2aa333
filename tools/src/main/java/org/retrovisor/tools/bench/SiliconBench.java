package org.retrovisor.tools.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.oracle.Silicon;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.report.Figures;

/** The long run of the comparison with the host's processor: every row again and again, with other cases each time. */
public final class SiliconBench {
    private static final int STATES = 8;
    private static final long NANOS_PER_REPORT = 10_000_000_000L;
    private static final int MOST_DIFFERENCES = 20;

    /** How long to go on: until so many cases ran, or so much time passed; 0 for no such limit. */
    public record Limit(long cases, long nanos) {}

    /** Sums over the rows of one size of code. */
    public static final class Sum {
        private long rows;
        private long compared;
        private long faulted;
        private long different;

        public long rows() {
            return rows;
        }

        /** Cases that ran on both processors. */
        public long compared() {
            return compared;
        }

        /** Cases that raised a fault, and did not run on the host. */
        public long faulted() {
            return faulted;
        }

        /** Rows in a round that differed. */
        public long different() {
            return different;
        }
    }

    /** What came of it; {@code differences} are reports, the first few. */
    public record Result(
            long seed, int rounds, long nanos, Map<CodeSize, Sum> sums, List<String> differences, long compared) {}

    private final Silicon silicon = new Silicon();
    private final Map<CodeSize, Sum> sums = new EnumMap<>(CodeSize.class);
    private final List<String> differences = new ArrayList<>();
    private final Limit limit;
    private final Consumer<String> progress;
    private final long start = System.nanoTime();
    private long nextReport = start + NANOS_PER_REPORT;
    private long compared;

    private SiliconBench(Limit limit, Consumer<String> progress) {
        this.limit = limit;
        this.progress = progress;
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
        return new SiliconBench(limit, progress).rounds(seed);
    }

    private Result rounds(long seed) {
        List<Silicon.Subject> subjects = silicon.subjects();
        subjects.forEach(subject -> sumOf(subject).rows++);
        int rounds = 0;
        do {
            for (Silicon.Subject subject : subjects) {
                compare(subject, seed + rounds);
                if (rounds > 0 && isOver() || differences.size() >= MOST_DIFFERENCES) {
                    break;
                }
            }
            rounds++;
        } while (!isOver() && differences.size() < MOST_DIFFERENCES);
        return new Result(seed, rounds, System.nanoTime() - start, sums, differences, compared);
    }

    private void compare(Silicon.Subject subject, long seed) {
        Silicon.Outcome outcome = silicon.compare(subject, seed, STATES);
        Sum sum = sumOf(subject);
        sum.compared += outcome.compared();
        sum.faulted += outcome.faulted();
        sum.different += outcome.differences().isEmpty() ? 0 : 1;
        compared += outcome.compared();
        differences.addAll(outcome.differences());
        long now = System.nanoTime();
        if (now >= nextReport) {
            nextReport = now + NANOS_PER_REPORT;
            progress.accept("%s cases compared in %s, %s".formatted(Figures.count(compared),
                    Figures.seconds(now - start), Figures.count(differences.size(), "difference")));
        }
    }

    private Sum sumOf(Silicon.Subject subject) {
        return sums.computeIfAbsent(subject.codeSize(), unused -> new Sum());
    }

    private boolean isOver() {
        boolean enough = limit.cases > 0 && compared >= limit.cases;
        return enough || limit.nanos > 0 && System.nanoTime() - start >= limit.nanos;
    }
}
