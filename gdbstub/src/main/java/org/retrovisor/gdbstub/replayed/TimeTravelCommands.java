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
        List<Command> help = List.of(new Command("help", "[COMMAND]", "this list, or how one is used", this::help));
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
        find(words[0]).execute(words.length > 1 ? words[1] : "", output, interruption);
    }

    private Command find(String name) {
        return table.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new TargetError("there is no command " + name + "; try monitor help"));
    }

    private void help(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        List<Command> wanted = words.isEmpty() ? table : List.of(find(words.next("")));
        words.end();
        wanted.forEach(command -> output.accept("%-76s  %s\n".formatted(command.usage(), command.help())));
    }
}
