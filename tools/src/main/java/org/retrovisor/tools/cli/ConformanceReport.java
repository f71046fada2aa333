package org.retrovisor.tools.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.conformance.Conformance;
import org.retrovisor.tools.conformance.Outcome;
import org.retrovisor.tools.conformance.Verdict;
import org.retrovisor.tools.report.JsonObject;

/** What {@code bench --conformance} shows. */
final class ConformanceReport {
    private final ToolCommand command;

    ConformanceReport(ToolCommand command) {
        this.command = command;
    }

    /** Runs suites and shows what came of it. */
    ExitCode make(Conformance.Request request, boolean json) {
        List<Outcome> outcomes = Conformance.run(request, line -> command.say(line));
        if (json) {
            command.print(json(request, outcomes));
        } else {
            show(outcomes);
        }
        boolean failed = outcomes.stream().anyMatch(outcome -> outcome.verdict() == Verdict.FAILED);
        return failed ? ExitCode.DISAGREES : ExitCode.OK;
    }

    private void show(List<Outcome> outcomes) {
        command.out().printf("%-20s", "");
        for (Verdict verdict : Verdict.values()) {
            command.out().printf("%24s", verdict.title());
        }
        command.out().println();
        Conformance.counts(outcomes).forEach((name, counts) -> {
            command.out().printf("%-20s", name);
            for (Verdict verdict : Verdict.values()) {
                command.out().printf("%24d", counts.getOrDefault(verdict, 0L));
            }
            command.out().println();
        });
        for (Outcome outcome : outcomes) {
            if (outcome.verdict() != Verdict.PASSED && outcome.verdict() != Verdict.LEFT_OUT) {
                command.out().printf("%s: %s: %s %s%n", outcome.verdict().title(), outcome.suite(),
                        outcome.program(), outcome.reason());
            }
        }
        reasons(outcomes).forEach((reason, count) -> command.out().printf("left out: %d, %s%n", count, reason));
    }

    private static Map<String, Integer> reasons(List<Outcome> outcomes) {
        Map<String, Integer> reasons = new TreeMap<>();
        for (Outcome outcome : outcomes) {
            if (outcome.verdict() == Verdict.LEFT_OUT) {
                reasons.merge(outcome.reason(), 1, Integer::sum);
            }
        }
        return reasons;
    }

    private static JsonObject json(Conformance.Request request, List<Outcome> outcomes) {
        JsonObject counts = new JsonObject();
        Conformance.counts(outcomes).forEach((name, each) -> {
            JsonObject numbers = new JsonObject();
            each.forEach((verdict, count) -> numbers.put(key(verdict), count));
            counts.put(name, numbers);
        });
        return new JsonObject().put("command", "bench")
                .put("engine", request.engine())
                .put("cpu", request.model())
                .put("suites", counts)
                .put("notPassed", outcomes.stream()
                        .filter(outcome -> outcome.verdict() != Verdict.PASSED)
                        .map(outcome -> new JsonObject().put("suite", outcome.suite())
                                .put("program", outcome.program())
                                .put("verdict", key(outcome.verdict()))
                                .put("reason", outcome.reason()))
                        .toList());
    }

    private static String key(Verdict verdict) {
        return verdict.name().toLowerCase(Locale.ROOT);
    }
}
