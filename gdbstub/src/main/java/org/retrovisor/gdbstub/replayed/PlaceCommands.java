package org.retrovisor.gdbstub.replayed;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.replay.Bookmarks;
import org.retrovisor.replay.EventWindow;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;

/** Commands about the moment at which the guest stands: where that is, going elsewhere, and places with names. */
final class PlaceCommands {
    private final Timeline timeline;
    private final Bookmarks bookmarks;

    PlaceCommands(Timeline timeline) {
        this.timeline = timeline;
        this.bookmarks = new Bookmarks(timeline);
    }

    List<Command> table() {
        return List.of(
                new Command("when", "", "where in the recording you stand", this::when),
                new Command("seek", "MOMENT | PERCENT% | +N | -N | event N | begin | end", "go to another moment",
                        this::seek),
                new Command("bookmark", "NAME | -d NAME", "give this moment a name, or forget one", this::bookmark),
                new Command("bookmarks", "", "the moments that have names", this::list),
                new Command("goto", "NAME", "go to a moment that has a name", this::goTo));
    }

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

    // ---------------------------------------------------------------- going elsewhere

    private void seek(String arguments, Consumer<String> output, Interruption interruption) {
        if (arguments.equals("end")) {
            moved(timeline.seekEnd(interruption::requested), output, interruption);
        } else {
            Goal goal = goal(arguments);
            Outcome outcome = timeline.seek(goal.moment, interruption::requested);
            output.accept(goal.note);
            moved(outcome, output, interruption);
        }
    }

    private void moved(Outcome outcome, Consumer<String> output, Interruption interruption) {
        boolean interrupted = outcome.reason() == Outcome.Reason.INTERRUPTED;
        output.accept(interrupted ? "interrupted; you are back where you were\n" : "");
        when("", output, interruption);
        if (!interrupted) {
            output.accept(
                    "a gdb without retrovisor-gdb.py does not notice that: type there  maintenance flush register-cache"
                            + "  and  maintenance flush dcache\n");
        }
    }

    /**
     * Where to go.
     *
     * @param note what the user is told when it lies outside the trace; beyond its end is its end, and so with the beginning
     */
    private record Goal(long moment, String note) {}

    private Goal goal(String text) {
        if (text.startsWith("event")) {
            return eventGoal(Words.number(text.substring("event".length())));
        }
        long moment = moment(text);
        if (moment > timeline.end()) {
            return new Goal(moment, "the trace ends at moment " + timeline.end() + "\n");
        }
        boolean before = moment < timeline.beginning();
        return new Goal(moment, before ? "the trace begins at moment " + timeline.beginning() + "\n" : "");
    }

    private Goal eventGoal(long number) {
        long last = timeline.events() - 1;
        boolean beyond = Long.compareUnsigned(number, last) > 0;
        String note = beyond ? "the trace's last event is event " + last + "\n" : "";
        return new Goal(new EventWindow(timeline).momentOf(beyond ? last : number), note);
    }

    private long moment(String text) {
        if (text.equals("begin")) {
            return timeline.beginning();
        }
        if (text.endsWith("%")) {
            return beginningPlus(text.substring(0, text.length() - 1).strip());
        }
        if (text.startsWith("+") || text.startsWith("-")) {
            long distance = distance(text.substring(1));
            return text.startsWith("+") ? add(timeline.moment(), distance) : timeline.moment() - distance;
        }
        return Words.number(text);
    }

    /** What needs all 64 bits is beyond everything. */
    private static long distance(String text) {
        long distance = Words.number(text);
        return distance < 0 ? Long.MAX_VALUE : distance;
    }

    /** What is too large for a number is beyond the end as well. */
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

    // ---------------------------------------------------------------- places with names

    private void bookmark(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        String forgotten = words.option("-d");
        if (forgotten != null) {
            words.end();
            momentOf(forgotten);
            bookmarks.remove(forgotten);
            keep(output);
            return;
        }
        String name = words.next("the name of the bookmark");
        words.end();
        if (!Bookmarks.isName(name)) {
            throw new TargetError("a name has at most 100 characters, all of them visible");
        }
        if (bookmarks.all().size() >= Bookmarks.MOST) {
            throw new TargetError("there are " + Bookmarks.MOST + " bookmarks already; delete some");
        }
        Optional<Long> before = bookmarks.put(name, timeline.moment());
        output.accept("%s is moment %d%s\n".formatted(name, timeline.moment(),
                before.map(moment -> ", and no longer " + moment).orElse("")));
        keep(output);
    }

    private void keep(Consumer<String> output) {
        String obstacle = bookmarks.keep();
        output.accept(obstacle.isEmpty() ? "" : obstacle + "\n");
    }

    private void list(String arguments, Consumer<String> output, Interruption interruption) {
        bookmarks.all().entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                .forEach(entry -> output.accept("%-14d %s\n".formatted(entry.getValue(), entry.getKey())));
        output.accept(bookmarks.all().isEmpty() ? "no moment has a name yet; type  monitor bookmark NAME\n" : "");
    }

    private void goTo(String arguments, Consumer<String> output, Interruption interruption) {
        Words words = new Words(arguments);
        long moment = momentOf(words.next("the name of the bookmark"));
        words.end();
        moved(timeline.seek(moment, interruption::requested), output, interruption);
    }

    private long momentOf(String name) {
        Long moment = bookmarks.all().get(name);
        if (moment == null) {
            throw new TargetError("no moment is called " + name + "; monitor bookmarks lists them");
        }
        return moment;
    }
}
