package org.retrovisor.replay;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;

/** The recorded events before and after the moment at which a timeline stands. Looking moves nothing. */
public final class EventWindow {
    /** How far back a look at the past begins, in moments; eight times that whenever it was not enough. */
    private static final long FIRST_LOOK = 1 << 16;
    /** How often an interruption is looked for, in events. */
    private static final int LOOK_UP_EVERY = 1 << 12;

    private final Timeline timeline;

    /** The events around a timeline. */
    public EventWindow(Timeline timeline) {
        this.timeline = timeline;
    }

    /**
     * An event.
     *
     * @param number from 0
     * @param kind the name of an {@link EventKind}
     * @param bytes the length of its payload, 0 without one
     */
    public record Event(long number, long moment, int processor, String kind, long value, int bytes) {}

    /** The names of all kinds of events. */
    public static List<String> kinds() {
        return Stream.of(EventKind.values()).map(EventKind::name).toList();
    }

    /**
     * The next events.
     *
     * @param count at most so many
     * @param kinds of these kinds; empty for all
     * @param interrupted asked now and then whether to make do with those found so far
     */
    public List<Event> coming(int count, Set<String> kinds, BooleanSupplier interrupted) {
        List<Event> events = new ArrayList<>();
        try (EventLogReader log = timeline.trace().openEventLog()) {
            log.seekMoment(timeline.moment());
            while (events.size() < count && !log.atEnd() && !interruptedAt(log, interrupted)) {
                if (log.eventNumber() >= timeline.eventNumber() && wanted(log, kinds)) {
                    events.add(event(log));
                }
                log.next();
            }
        }
        return events;
    }

    /** The last events before here, in their order; parameters as with {@link #coming}. */
    public List<Event> past(int count, Set<String> kinds, BooleanSupplier interrupted) {
        try (EventLogReader log = timeline.trace().openEventLog()) {
            for (long distance = FIRST_LOOK;; distance *= 8) {
                long from = Math.max(timeline.moment() - distance, timeline.beginning());
                List<Event> events = pastFrom(log, from, count, kinds, interrupted);
                if (events.size() == count || from == timeline.beginning() || interrupted.getAsBoolean()) {
                    return events;
                }
            }
        }
    }

    private List<Event> pastFrom(
            EventLogReader log, long from, int count, Set<String> kinds, BooleanSupplier interrupted) {
        Deque<Event> last = new ArrayDeque<>();
        log.seekMoment(from);
        while (log.eventNumber() < timeline.eventNumber() && !interruptedAt(log, interrupted)) {
            if (wanted(log, kinds)) {
                last.add(event(log));
                if (last.size() > count) {
                    last.remove();
                }
            }
            log.next();
        }
        return List.copyOf(last);
    }

    /** The moment of an event; that of the last one when there are fewer. */
    public long momentOf(long number) {
        try (EventLogReader log = timeline.trace().openEventLog()) {
            long low = timeline.beginning();
            long high = timeline.end();
            while (low < high) {
                long middle = low + (high - low + 1) / 2;
                log.seekMoment(middle);
                if (log.eventNumber() <= number) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return low;
        }
    }

    private static boolean wanted(EventLogReader log, Set<String> kinds) {
        return kinds.isEmpty() || kinds.contains(log.kind().name());
    }

    private static boolean interruptedAt(EventLogReader log, BooleanSupplier interrupted) {
        return log.eventNumber() % LOOK_UP_EVERY == 0 && interrupted.getAsBoolean();
    }

    private static Event event(EventLogReader log) {
        int bytes = log.kind().hasPayload() ? log.payloadLength() : 0;
        return new Event(log.eventNumber(), log.moment(), log.processor(), log.kind().name(), log.value(), bytes);
    }
}
