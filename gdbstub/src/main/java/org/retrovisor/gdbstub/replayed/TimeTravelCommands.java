package org.retrovisor.gdbstub.replayed;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Timeline;

/** What "monitor" offers on a recorded guest: the commands are a table, and help is derived from it. */
final class TimeTravelCommands {
    private final List<Command> table;

    TimeTravelCommands(Timeline timeline, PhysicalWatches physicalWatches) {
        KernelNames names = new KernelNames(timeline);
        List<Command> help = List.of(new Command("help", "", "this list", this::help));
        table = Stream.of(help, new PlaceCommands(timeline).table(), new LastWriteCommand(timeline, names).table(),
                new MemoryCommands(timeline, names).table(), physicalWatches.table(),
                new RecordingCommands(timeline).table())
                .flatMap(List::stream)
                .toList();
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
            output.accept("monitor %-60s %s\n".formatted(usage, command.help()));
        }
    }
}
