package org.retrovisor.tools.task;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import org.retrovisor.tools.report.JsonObject;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.Trace;

/** Prints recorded events as they are read, however many there are; stops when nobody reads any more. */
public final class EventListing {
    private static final int SHOWN_PAYLOAD = 32;
    private static final int BUFFER = 1 << 16;
    /** How often to look whether anybody still reads. */
    private static final int LOOK_EVERY = 4096;

    private final Trace trace;
    private final Filter filter;
    private final PrintStream out;

    /**
     * Which events to print.
     *
     * @param from the first moment
     * @param to the last moment
     * @param limit how many events at most
     */
    public record Filter(Set<EventKind> kinds, long from, long to, long limit) {}

    public EventListing(Trace trace, Filter filter, PrintStream out) {
        this.trace = trace;
        this.filter = filter;
        this.out = new PrintStream(new BufferedOutputStream(out, BUFFER), false, StandardCharsets.UTF_8);
    }

    /** Prints one line per event. */
    public void printTable() {
        out.printf(Locale.ROOT, "%10s %16s %3s  %-16s %s%n", "event", "moment", "cpu", "kind", "value");
        each(log -> out.printf(Locale.ROOT, "%10d %16d %3d  %-16s %#x%s%n", log.eventNumber(), log.moment(),
                log.processor(), log.kind(), log.value(), payload(log)));
    }

    private static String payload(EventLogReader log) {
        if (!log.kind().hasPayload()) {
            return "";
        }
        byte[] bytes = log.payload();
        int shown = Math.min(bytes.length, SHOWN_PAYLOAD);
        return "  %d bytes: %s%s".formatted(bytes.length, HexFormat.of().formatHex(bytes, 0, shown),
                shown < bytes.length ? "..." : "");
    }

    /** Prints one JSON object; its member "events" is an array. */
    public void printJson() {
        out.print("{\"command\":\"events\",\"events\":[");
        String[] separator = {""};
        each(log -> {
            out.print(separator[0]);
            out.print(json(log));
            separator[0] = ",";
        });
        out.println("]}");
        out.flush();
    }

    private static JsonObject json(EventLogReader log) {
        JsonObject json = new JsonObject().put("event", log.eventNumber())
                .put("moment", log.moment())
                .put("processor", log.processor())
                .put("kind", log.kind())
                .put("value", "%#x".formatted(log.value()));
        return log.kind().hasPayload() ? json.put("payload", HexFormat.of().formatHex(log.payload())) : json;
    }

    private interface Visitor {
        void visit(EventLogReader log);
    }

    private void each(Visitor visitor) {
        long left = filter.limit();
        try (EventLogReader log = trace.openEventLog()) {
            log.seekMoment(filter.from());
            while (left > 0 && !log.atEnd() && log.moment() <= filter.to()) {
                if (log.eventNumber() % LOOK_EVERY == 0 && out.checkError()) {
                    return;
                }
                if (filter.kinds().contains(log.kind())) {
                    visitor.visit(log);
                    left--;
                }
                log.next();
            }
        }
        out.flush();
    }
}
