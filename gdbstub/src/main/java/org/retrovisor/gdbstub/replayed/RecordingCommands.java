package org.retrovisor.gdbstub.replayed;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.EventWindow;
import org.retrovisor.replay.Timeline;

/** Commands about the recording as a whole: what it is, its events, and what makes going back fast. */
final class RecordingCommands {
    private static final int DEFAULT_EVENTS = 10;
    private static final int MAX_EVENTS = 1000;

    private final Timeline timeline;

    RecordingCommands(Timeline timeline) {
        this.timeline = timeline;
    }

    List<Command> table() {
        return List.of(
                new Command("info", "", "what was recorded, and how it ended", this::info),
                new Command("events", "[around | before] [N] [KIND...]",
                        "the next N recorded events (10), of some kinds",
                        this::events),
                new Command("checkpoints", "", "what makes going back fast, and what it costs", this::checkpoints));
    }

    private void info(String arguments, Consumer<String> output, Interruption interruption) {
        timeline.facts().forEach((name, value) -> output.accept("%-14s %s\n".formatted(name, value)));
    }

    // ---------------------------------------------------------------- events

    /** Which events are wanted. */
    private static final class Selection {
        private boolean past;
        private boolean coming = true;
        private int count = DEFAULT_EVENTS;
        private final Set<String> kinds = new HashSet<>();

        Selection(Words words) {
            while (!words.isEmpty()) {
                take(words.next(""));
            }
        }

        private void take(String word) {
            String kind = word.toUpperCase(Locale.ROOT).replace('-', '_');
            if (word.equals("around")) {
                past = true;
            } else if (word.equals("before")) {
                past = true;
                coming = false;
            } else if (EventWindow.kinds().contains(kind)) {
                kinds.add(kind);
            } else if (Character.isDigit(word.charAt(0))) {
                count(Words.number(word));
            } else {
                throw new TargetError("there are no events of kind %s; there are %s".formatted(
                        word, String.join(" ", EventWindow.kinds()).toLowerCase(Locale.ROOT)));
            }
        }

        private void count(long wanted) {
            if (wanted < 1 || wanted > MAX_EVENTS) {
                throw new TargetError("between 1 and " + MAX_EVENTS + " events can be shown");
            }
            count = (int) wanted;
        }
    }

    private void events(String arguments, Consumer<String> output, Interruption interruption) {
        Selection wanted = new Selection(new Words(arguments));
        EventWindow window = new EventWindow(timeline);
        if (wanted.past) {
            List<EventWindow.Event> past = window.past(wanted.count, wanted.kinds, interruption::requested);
            past.forEach(event -> output.accept(line(event)));
            output.accept(past.isEmpty() ? "no event lies before this\n" : "");
            output.accept("%8s  moment %-14d you are here\n".formatted("-->", timeline.moment()));
        }
        if (wanted.coming) {
            List<EventWindow.Event> coming = window.coming(wanted.count, wanted.kinds, interruption::requested);
            coming.forEach(event -> output.accept(line(event)));
            output.accept(coming.isEmpty() ? "no event is left\n" : "");
        }
    }

    private static String line(EventWindow.Event event) {
        String bytes = event.bytes() == 0 ? "" : ", " + event.bytes() + " bytes";
        return "%8d  moment %-14d %-15s 0x%x%s\n".formatted(
                event.number(), event.moment(), event.kind(), event.value(), bytes);
    }

    // ---------------------------------------------------------------- checkpoints

    private void checkpoints(String arguments, Consumer<String> output, Interruption interruption) {
        Timeline.CheckpointUse use = timeline.checkpointUse();
        output.accept(String.format(
                Locale.ROOT,
                "%d checkpoints, regular ones every %d moments, %.1f MiB at most\n",
                use.count(), use.spacing(), use.bytes() / 1048576.0));
    }
}
