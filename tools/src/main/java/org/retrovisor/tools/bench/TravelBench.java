package org.retrovisor.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.retrovisor.monitor.Engine;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.StopPoints;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.symbols.AddressNames;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.Folders;
import org.retrovisor.tools.task.Programs;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

/**
 * Measures time travel on the trace of a Linux guest. Every search starts from a trace that was just opened, standing at
 * its end; so it finds what the recorder left and nothing else. Steps are timed one by one.
 */
public final class TravelBench {
    private static final int STEPS = 200;
    private static final int PROMPTS = 6;
    private static final int PAIRS = 7;
    private static final BooleanSupplier NEVER = () -> false;
    /** A function that is executed once, early in the boot. */
    private static final String EARLY_FUNCTION = "start_kernel";
    /** A pointer that is set once, early in the boot. */
    private static final String EARLY_VARIABLE = "saved_command_line";

    private final Trace trace;
    private final Engine.Factory engines;
    private final long checkpointBytes;
    private final Consumer<String> progress;

    /**
     * Times of single steps, in seconds.
     *
     * @param first the one that nothing had been prepared for
     */
    public record Steps(double first, double median, double percentile99, double worst) {
        static Steps of(double[] seconds) {
            double[] sorted = seconds.clone();
            Arrays.sort(sorted);
            return new Steps(seconds[0], sorted[sorted.length / 2], sorted[(sorted.length * 99 + 99) / 100 - 1],
                    sorted[sorted.length - 1]);
        }
    }

    /**
     * All that was measured, in seconds.
     *
     * @param moments how long the trace is
     * @param prompt from the start of {@code retrovisor debug} to the end of a gdb that leaves at its first prompt, and so often
     *     again; null without gdb
     * @param inGdb commands as gdb sees them, by name; empty without gdb
     * @param atCrash single steps back at the end of the trace
     * @param anywhere the first step back at moments chosen at random
     * @param breakpoint from the end back to a breakpoint that was hit once, early
     * @param watchpoint from the end back to the only write to a variable, early
     * @param replay executing everything without leaving checkpoints
     * @param replayWithCheckpoints the same with checkpoints and index, directly before or after
     * @param checkpointing how many times as long the one takes as the other: the median of the pairs
     */
    public record Result(
            long moments, Steps prompt, Map<String, Steps> inGdb, Steps atCrash, Steps anywhere, double breakpoint,
            double watchpoint, double replay, double replayWithCheckpoints, double checkpointing) {}

    private TravelBench(Trace trace, Engine.Factory engines, long checkpointBytes, Consumer<String> progress) {
        this.trace = trace;
        this.engines = engines;
        this.checkpointBytes = checkpointBytes;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param source the trace of a Linux guest; null to record the crash of Debian's kernel for this
     * @param engine the name of what {@code engines} makes
     * @param environment where gdb is looked for
     * @param progress gets a line for each thing that is begun
     */
    public static Result measure(
            Path source, String engine, Engine.Factory engines, Map<String, String> environment,
            Consumer<String> progress) {
        try {
            Path folder = Files.createTempDirectory("retrovisor-bench");
            try {
                Path path = source == null ? record(folder, engine, progress) : source;
                Steps prompt = null;
                Map<String, Steps> inGdb = Map.of();
                if (Programs.onPath("gdb", environment) != null) {
                    prompt = prompt(path, engine, progress);
                    progress.accept("commands in gdb");
                    inGdb = GdbTravel.measure(path, engine, folder);
                }
                try (Trace trace = Traces.open(path)) {
                    return new TravelBench(trace, engines, Timeline.defaultBudget(), progress).measure(prompt, inGdb);
                }
            } finally {
                Folders.delete(folder);
            }
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        }
    }

    private static Path record(Path folder, String engine, Consumer<String> progress) throws IOException {
        progress.accept("recording the guest");
        Path trace = folder.resolve("crash.rv");
        List<String> words = new ArrayList<>(List.of("record", "--json", "--engine", engine, "-o", trace.toString()));
        BenchGuest guest = BenchGuest.of(CrashBench.Guest.linux, folder, progress);
        words.addAll(guest.with(guest.commandLine() + " nokaslr").options());
        OwnProcess.output(words);
        return trace;
    }

    private static Steps prompt(Path trace, String engine, Consumer<String> progress) {
        progress.accept("gdb's first prompt");
        double[] seconds = new double[PROMPTS];
        for (int i = 0; i < PROMPTS; i++) {
            long start = System.nanoTime();
            OwnProcess.output(List.of("debug", trace.toString(), "--engine", engine));
            seconds[i] = secondsSince(start);
        }
        return Steps.of(seconds);
    }

    private Result measure(Steps prompt, Map<String, Steps> inGdb) {
        progress.accept("searches from the end");
        long function = address(EARLY_FUNCTION);
        long variable = address(EARLY_VARIABLE);
        double breakpoint = search(new StopPoint.AtInstruction(function));
        double watchpoint = search(new StopPoint.AtAccess(variable, 8, false, true));
        progress.accept("single steps");
        Steps atCrash;
        long end;
        try (Timeline timeline = open()) {
            end = timeline.moment();
            atCrash = stepsFromHere(timeline);
        }
        Steps anywhere = stepsAnywhere(new Random(1));
        progress.accept("replays");
        double[] bare = new double[PAIRS];
        double[] kept = new double[PAIRS];
        double[] ratios = new double[PAIRS];
        replayBare();
        for (int i = 0; i < PAIRS; i++) {
            // Each is first in turn: what the machine does besides is shared out evenly.
            if (i % 2 == 0) {
                bare[i] = replayBare();
                kept[i] = replayWithCheckpoints();
            } else {
                kept[i] = replayWithCheckpoints();
                bare[i] = replayBare();
            }
            ratios[i] = kept[i] / bare[i];
        }
        return new Result(end, prompt, inGdb, atCrash, anywhere, breakpoint, watchpoint, median(bare), median(kept),
                median(ratios));
    }

    private double replayBare() {
        return replay(timeline -> timeline.replayToEnd(moment -> true));
    }

    private double replayWithCheckpoints() {
        return replay(timeline -> timeline.continueForward(StopPoints.NONE, NEVER));
    }

    private Timeline open() {
        Timeline timeline = Timeline.open(trace, engines, unused -> {}, checkpointBytes);
        timeline.seekEnd(NEVER);
        return timeline;
    }

    private long address(String symbol) {
        try (Timeline timeline = open()) {
            return new AddressNames(timeline).address(symbol).orElseThrow(() -> new ToolException(ExitCode.BAD_GUEST,
                    "the guest has no symbol " + symbol + "; measure on the trace of a Linux guest"));
        }
    }

    private double search(StopPoint point) {
        try (Timeline timeline = open()) {
            long start = System.nanoTime();
            Outcome outcome = timeline.continueBack(new StopPoints(List.of(point)), NEVER);
            double seconds = secondsSince(start);
            if (outcome.reason() != Outcome.Reason.STOP_POINT) {
                throw new IllegalStateException("nothing was found for " + point);
            }
            progress.accept("found at moment " + timeline.moment());
            return seconds;
        }
    }

    private static Steps stepsFromHere(Timeline timeline) {
        double[] seconds = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
            seconds[i] = step(timeline);
        }
        return Steps.of(seconds);
    }

    private Steps stepsAnywhere(Random random) {
        double[] seconds = new double[STEPS];
        try (Timeline timeline = open()) {
            long end = timeline.moment();
            for (int i = 0; i < STEPS; i++) {
                timeline.seek(1 + random.nextLong(end), NEVER);
                seconds[i] = step(timeline);
            }
        }
        return Steps.of(seconds);
    }

    private static double step(Timeline timeline) {
        long start = System.nanoTime();
        timeline.stepBack(timeline.machine().current().index(), StopPoints.NONE, NEVER);
        return secondsSince(start);
    }

    private double replay(Consumer<Timeline> execute) {
        try (Timeline timeline = Timeline.open(trace, engines, unused -> {}, checkpointBytes)) {
            long start = System.nanoTime();
            execute.accept(timeline);
            return secondsSince(start);
        }
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
