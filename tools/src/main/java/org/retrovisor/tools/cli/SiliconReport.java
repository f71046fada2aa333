package org.retrovisor.tools.cli;

import java.util.Map;
import org.retrovisor.monitor.oracle.Silicon;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.bench.SiliconBench;
import org.retrovisor.tools.report.Figures;
import org.retrovisor.tools.report.JsonObject;

/** What {@code bench --silicon} shows. */
final class SiliconReport {
    private static final String ROW = "%-18s%8s%18s%18s%14s%n";

    private final ToolCommand command;

    SiliconReport(ToolCommand command) {
        this.command = command;
    }

    /** Compares and shows what came of it. */
    ExitCode make(SiliconBench.Limit limit, long seed, boolean json) {
        SiliconBench.Result result = SiliconBench.compare(limit, seed, line -> command.say(line));
        if (json) {
            command.print(json(result));
        } else {
            show(result);
        }
        return result.differences().isEmpty() ? ExitCode.OK : ExitCode.DISAGREES;
    }

    private void show(SiliconBench.Result result) {
        command.out().printf(ROW, "code", "a round", "cases compared", "cases of faults", "differences");
        result.sums().forEach((part, sum) -> command.out().printf(ROW, name(part), Figures.count(sum.size()),
                Figures.count(sum.compared()), Figures.count(sum.faulted()), Figures.count(sum.different())));
        result.differences().forEach(difference -> command.out().println(difference));
        command.out().printf("%s cases in %s, seed %d, %s%n", Figures.count(result.compared()),
                Figures.seconds(result.nanos()), result.seed(), Figures.count(result.rounds(), "round"));
    }

    private static String name(Silicon.Part part) {
        return switch (part) {
            case ROWS_64 -> "64-bit";
            case ROWS_32 -> "32-bit";
            case SEQUENCES_64 -> "sequences";
            case SEQUENCES_32 -> "32-bit sequences";
            case FAULTS_64 -> "faults";
            case FAULTS_32 -> "32-bit faults";
        };
    }

    /** What there are so many of in a round. */
    private static String sizeName(Silicon.Part part) {
        return switch (part) {
            case ROWS_64, ROWS_32 -> "rows";
            case SEQUENCES_64, SEQUENCES_32 -> "sequences";
            case FAULTS_64, FAULTS_32 -> "faults";
        };
    }

    private static JsonObject json(SiliconBench.Result result) {
        JsonObject object = new JsonObject().put("command", "bench")
                .put("seed", result.seed())
                .put("rounds", result.rounds())
                .put("seconds", result.nanos() / 1e9)
                .put("compared", result.compared());
        for (Map.Entry<Silicon.Part, SiliconBench.Sum> entry : result.sums().entrySet()) {
            SiliconBench.Sum sum = entry.getValue();
            object.put(name(entry.getKey()), new JsonObject().put(sizeName(entry.getKey()), sum.size())
                    .put("compared", sum.compared())
                    .put("faulted", sum.faulted())
                    .put("different", sum.different()));
        }
        return object.put("differences", result.differences());
    }
}
