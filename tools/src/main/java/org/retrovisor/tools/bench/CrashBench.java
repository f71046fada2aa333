package org.retrovisor.tools.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.task.Folders;

/**
 * Measures how fast a guest runs, is recorded and is replayed. Each figure is the median of several processes started anew,
 * as a user would start them; the kinds take turns, so that a busy moment of the host does not favour one. Of running and recording, which are
 * compared, every other round begins with the other one, for what comes first may be slower or faster than what comes next.
 */
public final class CrashBench {
    /** Which guest. */
    public enum Guest {
        /** Debian's kernel to its crash by sysrq. */
        linux,
        /** The guest that comes with the tool. */
        embedded
    }

    /** One process: instructions, seconds by its own clock, seconds from start to end, bytes of log (0 for none). */
    public record Sample(double instructions, double seconds, double wallSeconds, double logBytes) {
        /** Instructions per second. */
        public double speed() {
            return instructions / seconds;
        }
    }

    /**
     * How much longer recording takes than running, as a part of 1, by the pairs of single rounds: the seconds of the host that single figures
     * differ by are mostly the same for both of a pair.
     *
     * @param median of the guest's seconds
     * @param wholeMedian of the seconds from start to end
     * @param lower the guest's seconds again: a quarter of the pairs is below
     * @param upper a quarter of them is above
     */
    public record Cost(double median, double wholeMedian, double lower, double upper) {
        static Cost of(List<Sample> runs, List<Sample> records) {
            List<Double> guest = new ArrayList<>();
            List<Double> whole = new ArrayList<>();
            for (int i = 0; i < runs.size(); i++) {
                guest.add(runs.get(i).speed() / records.get(i).speed() - 1);
                whole.add(records.get(i).wallSeconds() / runs.get(i).wallSeconds() - 1);
            }
            guest.sort(Comparator.naturalOrder());
            int quarter = guest.size() / 4;
            return new Cost(CrashBench.median(guest, Double::doubleValue),
                    CrashBench.median(whole, Double::doubleValue),
                    guest.get(quarter), guest.get(guest.size() - 1 - quarter));
        }
    }

    /** All that was measured; {@code qemu} is null when it was not asked for. */
    public record Result(Sample run, Sample record, Sample replay, Cost cost, QemuBench.Result qemu) {}

    private final Path folder;
    private final BenchGuest guest;
    private final String engine;
    private final Consumer<String> progress;

    private CrashBench(Path folder, BenchGuest guest, String engine, Consumer<String> progress) {
        this.folder = folder;
        this.guest = guest;
        this.engine = engine;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param engine the name of the engine
     * @param rounds how often each kind is run
     * @param qemu measures QEMU on the same guest in the same rounds; null for not at all
     * @param progress gets a line for each thing that is begun
     */
    public static Result measure(
            Guest which, String engine, int rounds, QemuBench qemu, Consumer<String> progress) {
        try {
            Path folder = Files.createTempDirectory("retrovisor-bench");
            try {
                BenchGuest guest = BenchGuest.of(which, folder, progress);
                return new CrashBench(folder, guest, engine, progress).rounds(rounds, qemu);
            } finally {
                Folders.delete(folder);
            }
        } catch (IOException e) {
            throw new ToolException(ExitCode.OUTPUT_UNWRITABLE, "cannot write temporary files: " + e.getMessage(), e);
        }
    }

    private Result rounds(int rounds, QemuBench qemu) throws IOException {
        List<Sample> runs = new ArrayList<>();
        List<Sample> records = new ArrayList<>();
        List<Sample> replays = new ArrayList<>();
        List<QemuBench.Result> others = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            progress.accept("round %d of %d: run, record, replay".formatted(round, rounds));
            Path trace = folder.resolve("round" + round + ".rv");
            if (round % 2 == 1) {
                runs.add(run());
                records.add(record(trace));
            } else {
                records.add(record(trace));
                runs.add(run());
            }
            replays.add(sample("replay", List.of(trace.toString())));
            Folders.delete(trace);
            if (qemu != null) {
                progress.accept("round %d of %d: QEMU".formatted(round, rounds));
                others.add(qemu.measure(guest, folder));
            }
        }
        return new Result(median(runs), median(records), median(replays), Cost.of(runs, records),
                others.isEmpty() ? null : QemuBench.Result.median(others));
    }

    private Sample run() {
        return sample("run", guest.options());
    }

    private Sample record(Path trace) {
        List<String> options = new ArrayList<>(guest.options());
        options.addAll(List.of("-o", trace.toString()));
        return sample("record", options);
    }

    private Sample sample(String command, List<String> options) {
        List<String> words = new ArrayList<>(List.of(command, "--json", "--engine", engine));
        words.addAll(options);
        long start = System.nanoTime();
        String json = OwnProcess.output(words);
        double wall = (System.nanoTime() - start) / 1e9;
        double logBytes = command.equals("record") ? OwnProcess.figure(json, "logBytes") : 0;
        return new Sample(OwnProcess.figure(json, "instructions"), OwnProcess.figure(json, "seconds"), wall, logBytes);
    }

    private static Sample median(List<Sample> samples) {
        return new Sample(median(samples, Sample::instructions), median(samples, Sample::seconds),
                median(samples, Sample::wallSeconds), median(samples, Sample::logBytes));
    }

    static <T> double median(List<T> samples, ToDoubleFunction<T> figure) {
        List<Double> sorted = samples.stream().map(figure::applyAsDouble).sorted(Comparator.naturalOrder()).toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
