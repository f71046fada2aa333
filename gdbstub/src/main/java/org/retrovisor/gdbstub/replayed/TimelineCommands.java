package org.retrovisor.gdbstub.replayed;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;

/** What the user types after "monitor": where we are in time, and how to get elsewhere. */
final class TimelineCommands {
    private final Timeline timeline;
    private final Map<String, Command> commands = new LinkedHashMap<>();

    /** What a command does with its argument, the rest of the line. */
    @FunctionalInterface
    private interface Action {
        void run(String argument, Consumer<String> output, BooleanSupplier interrupted);
    }

    private record Command(String usage, String purpose, Action action) {}

    TimelineCommands(Timeline timeline) {
        this.timeline = timeline;
        add("help", "help", "this list", (argument, output, interrupted) -> help(output));
        add("when", "when", "the moment, the next event and the guest's time", (a, output, i) -> when(output));
        add("seek", "seek MOMENT | N% | begin | end", "go to a moment of the recording", this::seek);
        add("checkpoints", "checkpoints", "checkpoints in memory and their cost",
                (a, output, i) -> checkpoints(output));
        add("translate", "translate ADDRESS", "the physical address behind a virtual one", this::translate);
    }

    private void add(String name, String usage, String purpose, Action action) {
        commands.put(name, new Command(usage, purpose, action));
    }

    void execute(String line, Consumer<String> output, BooleanSupplier interrupted) {
        String[] words = line.strip().split("\\s+", 2);
        Command command = commands.get(words[0]);
        if (command == null) {
            throw new TargetError("unknown command " + words[0] + "; monitor help lists those there are");
        }
        command.action.run(words.length > 1 ? words[1] : "", output, interrupted);
    }

    private void help(Consumer<String> output) {
        commands.values()
                .forEach(command -> output.accept("monitor %-32s %s%n".formatted(command.usage, command.purpose)));
    }

    private void when(Consumer<String> output) {
        double percent = timeline.end() == 0 ? 100 : 100.0 * timeline.moment() / timeline.end();
        output.accept(String.format(
                Locale.ROOT,
                "moment %d of %d (%.2f %%), event %d of %d%s%n",
                timeline.moment(),
                timeline.end(),
                percent,
                timeline.eventNumber(),
                timeline.events(),
                timeline.lastTimestamp() < 0 ? "" : ", last timestamp read " + timeline.lastTimestamp()));
    }

    private void seek(String argument, Consumer<String> output, BooleanSupplier interrupted) {
        long target = target(argument);
        Outcome outcome = target == Long.MAX_VALUE ? timeline.seekEnd(interrupted) : timeline.seek(target, interrupted);
        if (outcome.reason() == Outcome.Reason.INTERRUPTED) {
            output.accept("interrupted; nothing has changed\n");
        }
        when(output);
        output.accept("gdb does not know yet: type \"maintenance flush register-cache\", then \"frame\"\n");
    }

    private long target(String argument) {
        try {
            if (argument.equals("begin")) {
                return timeline.beginning();
            }
            if (argument.equals("end")) {
                return Long.MAX_VALUE;
            }
            if (argument.endsWith("%")) {
                double percent = Double.parseDouble(argument.substring(0, argument.length() - 1));
                return (long) (timeline.end() * Math.clamp(percent, 0, 100) / 100);
            }
            return Long.parseUnsignedLong(argument);
        } catch (NumberFormatException e) {
            throw new TargetError("\"" + argument + "\" is no moment; give a number, N%, begin or end");
        }
    }

    private void checkpoints(Consumer<String> output) {
        Timeline.CheckpointUse use = timeline.checkpointUse();
        output.accept("%d checkpoints, at most %d moments apart, %d MiB%n"
                .formatted(use.count(), 2 * use.spacing(), use.bytes() >> 20));
    }

    private void translate(String argument, Consumer<String> output, BooleanSupplier interrupted) {
        Processor cpu = timeline.machine().current();
        long address = address(argument);
        long physical = cpu.mmu.peek(address);
        output.accept(
                physical == -1
                        ? "0x%x is not mapped%n".formatted(address)
                        : "0x%x is at physical address 0x%x%n".formatted(address, physical));
    }

    private static long address(String argument) {
        try {
            return argument.startsWith("0x")
                    ? Long.parseUnsignedLong(argument.substring(2), 16)
                    : Long.parseUnsignedLong(argument);
        } catch (NumberFormatException e) {
            throw new TargetError("\"" + argument + "\" is no address; give a number, as 0x... or decimal");
        }
    }
}
