package org.retrovisor.tools.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.bench.CrashBench;
import org.retrovisor.tools.bench.Recordings;
import org.retrovisor.tools.report.JsonObject;

/** What {@code bench --recordings} shows. */
final class RecordingsReport {
    private static final String ROW = "%3s  %-11s  %-11s  %-5s  %14s  %8s  %8s  %9s  %6s  %s%n";

    private final ToolCommand command;

    RecordingsReport(ToolCommand command) {
        this.command = command;
    }

    /** Records, replays and shows each as it is done. */
    ExitCode make(CrashBench.Guest guest, int count, boolean json) {
        if (!json) {
            command.out().printf(ROW, "", "recorded on", "replayed on", "KASLR", "instructions", "record s", "replay s",
                    "log bytes", "typed", "digest");
        }
        List<Recordings.Outcome> outcomes = Recordings.make(guest, count, engines(), line -> command.say(line),
                outcome -> {
                    if (!json) {
                        show(outcome);
                    }
                });
        long same = outcomes.stream().filter(Recordings.Outcome::same).count();
        if (json) {
            command.print(new JsonObject().put("command", "bench").put("guest", guest).put("recordings",
                    outcomes.stream().map(RecordingsReport::json).toList()).put("same", same));
        } else {
            command.out().printf("%d of %d replayed to the recorded state%n", same, count);
        }
        return same == count ? ExitCode.OK : ExitCode.DIVERGED;
    }

    private static List<String> engines() {
        List<String> names = new ArrayList<>();
        for (EngineChoice engine : List.of(EngineChoice.interpreter, EngineChoice.translator)) {
            if (engine.exists()) {
                names.add(engine.name());
            }
        }
        return names;
    }

    private void show(Recordings.Outcome outcome) {
        command.out().printf(Locale.ROOT, ROW, outcome.number(), outcome.recordedOn(), outcome.replayedOn(),
                outcome.kaslr() ? "on" : "off", "%,d".formatted((long) outcome.instructions()),
                "%.2f".formatted(outcome.recordSeconds()), "%.2f".formatted(outcome.replaySeconds()),
                "%,d".formatted((long) outcome.logBytes()), outcome.typed(), outcome.same() ? "same" : "DIFFERENT");
    }

    private static JsonObject json(Recordings.Outcome outcome) {
        return new JsonObject().put("recordedOn", outcome.recordedOn())
                .put("replayedOn", outcome.replayedOn())
                .put("kaslr", outcome.kaslr())
                .put("instructions", (long) outcome.instructions())
                .put("recordSeconds", outcome.recordSeconds())
                .put("replaySeconds", outcome.replaySeconds())
                .put("logBytes", (long) outcome.logBytes())
                .put("typed", outcome.typed())
                .put("same", outcome.same());
    }
}
