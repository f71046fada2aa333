package org.retrovisor.tools.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.bench.CrashBench;
import org.retrovisor.tools.bench.QemuBench;
import org.retrovisor.tools.bench.SiliconBench;
import org.retrovisor.tools.conformance.Conformance;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The benchmarks of the README. */
@Command(name = "bench", header = "Measure run, record and replay on a crashing guest.", description = {"",
    "Every figure is the median of several processes started anew, on Debian's kernel crashed by"
            + " sysrq, which apt fetches the first time. Compare figures of one run only."}, footer = {"", "Examples:",
                "  retrovisor bench --runs 5 --vs-qemu", "  retrovisor bench --recordings 20",
                "  retrovisor bench --travel --engine translator",
                "  retrovisor bench --silicon --minutes 30",
                "  retrovisor bench --conformance"})
final class BenchCommand extends ToolCommand {
    private static final String ROW = "%-9s%10s%12s%26s%12s%n";

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "how often to measure; default ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--guest", paramLabel = "linux|embedded", defaultValue = "linux", description = "Debian's kernel, or the small guest that comes with the tool; default ${DEFAULT-VALUE}")
    private CrashBench.Guest guest;

    @Option(names = "--vs-qemu", description = "measure QEMU's record and replay on the same guest, too")
    private boolean versusQemu;

    @Option(names = "--engine", paramLabel = Texts.ENGINES, defaultValue = "auto", description = Texts.ENGINE)
    private EngineChoice engine;

    @Option(names = "--recordings", paramLabel = "N", description = "instead, record the guest N times with bytes typed at random times, on each engine in turn, and verify each replay")
    private Integer recordings;

    @Option(names = "--travel", description = "instead, measure going backward in the trace of a crash: steps, searches, the way to gdb's first prompt")
    private boolean travel;

    @Option(names = "--trace", paramLabel = "TRACE", description = "with --travel: this trace of a Linux guest; without, Debian's crash is recorded for it")
    private Path trace;

    @Option(names = "--workloads", description = "instead, record a program of many workloads inside the guest, and compare each with the same not recorded, and with the host (and QEMU); needs gcc")
    private boolean workloads;

    @Option(names = "--laps", paramLabel = "N", defaultValue = "1", description = "with --workloads: the guest runs the program N times, of which the first does not count; default ${DEFAULT-VALUE}")
    private int laps;

    @Option(names = "--silicon", description = "instead, compare the processor model with this host's processor, instruction by instruction")
    private boolean silicon;

    @Option(names = "--cases", paramLabel = "N", description = "with --silicon: until N cases were compared")
    private Long cases;

    @Option(names = "--minutes", paramLabel = "N", description = "with --silicon: for N minutes; without either each instruction once")
    private Integer minutes;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "with --silicon: chooses the cases; default ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--conformance", description = "instead, run test suites that others wrote for x86 inside a guest, the kernel's and GCC's, and images that test a machine; needs apt and gcc")
    private boolean conformance;

    @Option(names = "--suite", paramLabel = "kernel|gcc|images", description = "with --conformance: this suite only")
    private List<String> suites = List.of();

    @Option(names = "--only", paramLabel = "REGEX", description = "with --conformance: only programs and images whose name matches, like 'sse4_1-.*-64'")
    private String only;

    @Option(names = "--cpu", paramLabel = "v2|v3", defaultValue = "v3", description = "with --conformance: the processor model; default ${DEFAULT-VALUE}")
    private GuestArguments.Model model;

    @Option(names = "--json", description = Texts.JSON_ONLY)
    private boolean json;

    @Override
    ExitCode execute() {
        atLeastOne("--runs", runs);
        if (recordings != null) {
            atLeastOne("--recordings", recordings);
            return new RecordingsReport(this).make(guest, recordings, json);
        }
        if (silicon) {
            return new SiliconReport(this).make(siliconLimit(), seed, json);
        }
        Checks.existing(spec(), engine);
        if (travel) {
            return new TravelReport(this).make(trace, engine, json);
        }
        if (conformance) {
            return new ConformanceReport(this)
                    .make(new Conformance.Request(suites, only, engine.name(), model.name()), json);
        }
        QemuBench qemu = versusQemu ? QemuBench.find(surroundings().environment()) : null;
        if (workloads) {
            atLeastOne("--laps", laps);
            return new WorkloadReport(this).make(engine, runs, laps, qemu, json);
        }
        CrashBench.Result result = CrashBench.measure(guest, engine.name(), runs, qemu, this::say);
        if (json) {
            print(json(result));
        } else {
            printTable(result);
        }
        return ExitCode.OK;
    }

    private SiliconBench.Limit siliconLimit() {
        if (minutes != null) {
            atLeastOne("--minutes", minutes);
        }
        if (cases != null) {
            atLeastOne("--cases", cases);
        }
        long nanos = minutes == null ? 0 : TimeUnit.MINUTES.toNanos(minutes);
        return new SiliconBench.Limit(cases == null && minutes == null ? 1 : cases == null ? 0 : cases, nanos);
    }

    private void atLeastOne(String option, long value) {
        if (value < 1) {
            throw new ParameterException(spec().commandLine(), option + " " + value + ": give at least 1");
        }
    }

    private void printTable(CrashBench.Result result) {
        out().printf(ROW, "", "seconds", "in all", "instructions/s", "log");
        printRow("run", result.run());
        printRow("record", result.record());
        printRow("replay", result.replay());
        QemuBench.Result qemu = result.qemu();
        if (qemu != null) {
            printQemu("QEMU", qemu.plainSeconds(), 0);
            printQemu(" record", qemu.recordSeconds(), qemu.logBytes());
            printQemu(" replay", qemu.replaySeconds(), 0);
        }
        CrashBench.Cost cost = result.cost();
        out().printf(
                "recording costs %s over running, %s of the whole process; medians of %d, half of the pairs %s to %s%n",
                percent(cost.median()), percent(cost.wholeMedian()), runs, percent(cost.lower()),
                percent(cost.upper()));
    }

    private void printRow(String name, CrashBench.Sample sample) {
        out().printf(ROW, name, seconds(sample.seconds()), seconds(sample.wallSeconds()),
                "%.1f million".formatted(sample.speed() / 1e6), log(sample.logBytes()));
    }

    private void printQemu(String name, double seconds, double logBytes) {
        out().printf(ROW, name, "", seconds(seconds), "", log(logBytes));
    }

    private static String seconds(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String log(double bytes) {
        return bytes == 0 ? "" : Figures.bytes((long) bytes);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private JsonObject json(CrashBench.Result result) {
        JsonObject object = new JsonObject().put("command", "bench")
                .put("guest", guest)
                .put("engine", engine)
                .put("runs", runs)
                .put("run", json(result.run()))
                .put("record", json(result.record()).put("logBytes", (long) result.record().logBytes()))
                .put("replay", json(result.replay()))
                .put("recordingCost", result.cost().median())
                .put("recordingCostLower", result.cost().lower())
                .put("recordingCostUpper", result.cost().upper())
                .put("recordingCostWhole", result.cost().wholeMedian());
        QemuBench.Result qemu = result.qemu();
        return qemu == null
                ? object
                : object.put("qemu", new JsonObject().put("plainSeconds", qemu.plainSeconds())
                        .put("recordSeconds", qemu.recordSeconds())
                        .put("replaySeconds", qemu.replaySeconds())
                        .put("logBytes", (long) qemu.logBytes()));
    }

    private static JsonObject json(CrashBench.Sample sample) {
        return new JsonObject().put("instructions", (long) sample.instructions())
                .put("seconds", sample.seconds())
                .put("wallSeconds", sample.wallSeconds())
                .put("instructionsPerSecond", sample.speed());
    }
}
