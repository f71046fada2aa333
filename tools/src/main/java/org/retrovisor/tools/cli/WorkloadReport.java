package org.retrovisor.tools.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.bench.QemuBench;
import org.retrovisor.tools.bench.WorkloadBench;
import org.retrovisor.tools.bench.WorkloadBench.Workload;
import org.retrovisor.tools.report.JsonObject;

/** What {@code bench --workloads} shows. */
final class WorkloadReport {
    private static final String ROW = "%-12s%12s%12s%12s%12s%15s%14s%14s  %s%n";

    private final ToolCommand command;

    WorkloadReport(ToolCommand command) {
        this.command = command;
    }

    ExitCode make(EngineChoice engine, int rounds, int laps, QemuBench qemu, boolean json) {
        List<Workload> workloads = WorkloadBench.measure(engine.name(), rounds, laps, qemu, line -> command.say(line));
        boolean right = workloads.stream().allMatch(Workload::right);
        if (json) {
            command.print(new JsonObject().put("command", "bench")
                    .put("engine", engine)
                    .put("runs", rounds)
                    .put("laps", laps)
                    .put("workloads", workloads.stream().map(WorkloadReport::json).toList()));
        } else {
            table(workloads, rounds);
        }
        return right ? ExitCode.OK : ExitCode.DIVERGED;
    }

    private void table(List<Workload> workloads, int rounds) {
        command.out().printf(ROW, "", "recording", "running", "QEMU", "host", "rec. / running", "QEMU / ours",
                "ours / host", "check");
        for (Workload each : workloads) {
            command.out().printf(ROW, each.name(), number(each.seconds(), 4), number(each.runSeconds(), 4),
                    number(each.qemuSeconds(), 4), number(each.hostSeconds(), 4),
                    number(each.seconds() / each.runSeconds(), 2), number(each.qemuSeconds() / each.seconds(), 2),
                    number(each.seconds() / each.hostSeconds(), 1), each.right() ? "right" : "WRONG");
        }
        command.out().printf(ROW, "mean", "", "", "", "", number(mean(workloads, w -> w.seconds() / w.runSeconds()), 2),
                number(mean(workloads, w -> w.qemuSeconds() / w.seconds()), 2),
                number(mean(workloads, w -> w.seconds() / w.hostSeconds()), 1), "");
        command.out().printf("guest-measured seconds, medians of %d; the mean is geometric%n", rounds);
    }

    private static double mean(List<Workload> workloads, ToDoubleFunction<Workload> ratio) {
        return Math.exp(workloads.stream().mapToDouble(w -> Math.log(ratio.applyAsDouble(w))).average().orElse(0));
    }

    private static String number(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "";
    }

    private static JsonObject json(Workload workload) {
        return new JsonObject().put("name", workload.name())
                .put("seconds", workload.seconds())
                .put("runSeconds", workload.runSeconds())
                .put("qemuSeconds", workload.qemuSeconds())
                .put("hostSeconds", workload.hostSeconds())
                .put("right", workload.right());
    }
}
