package org.retrovisor.gdbstub.replayed;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;
import org.retrovisor.replay.inspect.PageWalk;

/** What "monitor" offers on a recorded guest: the commands are the table, and help is derived from it. */
final class TimeTravelCommands {
    private static final int DEFAULT_EVENTS = 10;
    private static final int MAX_EVENTS = 1000;

    private final Timeline timeline;
    private final List<Command> table = List.of(
            new Command("help", "", "this list", this::help),
            new Command("when", "", "where in the recording you stand", this::when),
            new Command("seek", "MOMENT | PERCENT% | +N | -N | begin | end", "go to another moment", this::seek),
            new Command("info", "", "what was recorded, and how it ended", this::info),
            new Command("events", "[N]", "the next N recorded events (10)", this::events),
            new Command("pagewalk", "ADDRESS", "how a virtual address is translated now", this::pageWalk),
            new Command("checkpoints", "", "what makes going back fast, and what it costs", this::checkpoints));

    TimeTravelCommands(Timeline timeline) {
        this.timeline = timeline;
    }

    /** A command: its name, its arguments as shown to people, one line of help. */
    private record Command(String name, String arguments, String help, Action action) {
        @FunctionalInterface
        interface Action {
            /** @param arguments without blanks around it, may be empty */
            void execute(String arguments, Consumer<String> output, Interruption interruption);
        }
    }

    /** Executes a line as the user typed it; nothing at all is help. */
    void execute(String line, Consumer<String> output, Interruption interruption) {
        String trimmed = line.strip();
        String[] words = (trimmed.isEmpty() ? "help" : trimmed).split("\\s+", 2);
        Command command = table.stream()
                .filter(candidate -> candidate.name().equals(words[0]))
                .findFirst()
                .orElseThrow(() -> new TargetError("there is no command " + words[0] + "; try monitor help"));
        command.action().execute(words.length > 1 ? words[1] : "", output, interruption);
    }

    private void help(String arguments, Consumer<String> output, Interruption interruption) {
        for (Command command : table) {
            String usage = (command.name() + " " + command.arguments()).strip();
            output.accept("monitor %-52s %s\n".formatted(usage, command.help()));
        }
    }

    // ---------------------------------------------------------------- place

    private void when(String arguments, Consumer<String> output, Interruption interruption) {
        output.accept(String.format(
                Locale.ROOT,
                "moment %d of %d (%.2f%%), event %d of %d\n",
                timeline.moment(), timeline.end(), percent(), timeline.eventNumber(), timeline.events()));
        if (timeline.lastTimestamp() >= 0) {
            output.accept("the guest last read time stamp " + timeline.lastTimestamp() + "\n");
        }
        if (timeline.atEnd()) {
            output.accept("the recording ends here: " + timeline.endSentence() + "\n");
        }
    }

    private double percent() {
        long length = timeline.end() - timeline.beginning();
        return length == 0 ? 100 : 100.0 * (timeline.moment() - timeline.beginning()) / length;
    }

    private void seek(String arguments, Consumer<String> output, Interruption interruption) {
        Outcome outcome = arguments.equals("end")
                ? timeline.seekEnd(interruption::requested)
                : timeline.seek(goal(arguments), interruption::requested);
        boolean interrupted = outcome.reason() == Outcome.Reason.INTERRUPTED;
        output.accept(interrupted ? "interrupted; you are back where you were\n" : "");
        when("", output, interruption);
        if (!interrupted) {
            output.accept("gdb does not know yet that it moved: type  maintenance flush register-cache\n");
        }
    }

    private long goal(String text) {
        if (text.equals("begin")) {
            return timeline.beginning();
        }
        if (text.endsWith("%")) {
            return beginningPlus(text.substring(0, text.length() - 1).strip());
        }
        if (text.startsWith("+") || text.startsWith("-")) {
            long distance = number(text.substring(1));
            return text.startsWith("+") ? add(timeline.moment(), distance) : timeline.moment() - distance;
        }
        return number(text);
    }

    /** Beyond the end is the end. */
    private static long add(long moment, long distance) {
        return Math.min(moment, Long.MAX_VALUE - distance) + distance;
    }

    private long beginningPlus(String percent) {
        try {
            double fraction = Double.parseDouble(percent) / 100;
            if (fraction >= 0 && fraction <= 1) {
                return timeline.beginning() + (long) (fraction * (timeline.end() - timeline.beginning()));
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new TargetError("a percentage lies between 0% and 100%, not " + percent + "%");
    }

    private static long number(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        try {
            long value = digits.startsWith("0x")
                    ? Long.parseUnsignedLong(digits.substring(2), 16)
                    : Long.parseLong(digits);
            if (value >= 0 || digits.startsWith("0x")) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new TargetError("a number was expected, not \"" + text + "\"; try monitor help");
    }

    // ---------------------------------------------------------------- the recording

    private void info(String arguments, Consumer<String> output, Interruption interruption) {
        timeline.facts().forEach((name, value) -> output.accept("%-14s %s\n".formatted(name, value)));
    }

    private void events(String arguments, Consumer<String> output, Interruption interruption) {
        long wanted = arguments.isEmpty() ? DEFAULT_EVENTS : number(arguments);
        if (wanted < 1 || wanted > MAX_EVENTS) {
            throw new TargetError("between 1 and " + MAX_EVENTS + " events can be shown");
        }
        List<Timeline.ComingEvent> events = timeline.comingEvents((int) wanted);
        events.forEach(event -> output.accept("%8d  moment %-14d %-15s 0x%x\n".formatted(
                event.number(), event.moment(), event.kind(), event.value())));
        output.accept(events.isEmpty() ? "no event is left\n" : "");
    }

    private void checkpoints(String arguments, Consumer<String> output, Interruption interruption) {
        Timeline.CheckpointUse use = timeline.checkpointUse();
        output.accept(String.format(
                Locale.ROOT,
                "%d checkpoints, regular ones every %d moments, %.1f MiB at most\n",
                use.count(), use.spacing(), use.bytes() / 1048576.0));
    }

    // ---------------------------------------------------------------- memory

    private void pageWalk(String arguments, Consumer<String> output, Interruption interruption) {
        PageWalk walk = timeline.view().walk(timeline.view().current(), number(arguments));
        for (PageWalk.Entry entry : walk.entries()) {
            output.accept("%-5s at 0x%-12x 0x%016x  %s\n".formatted(
                    entry.name(), entry.address(), entry.value(), entry.flags()));
        }
        output.accept(
                walk.physical() < 0 ? "not mapped\n" : "physical address 0x%x\n".formatted(walk.physical()));
    }
}
