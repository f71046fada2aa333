package org.retrovisor.recorder;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.Trace;

/** An event as the log has it; the payload in hexadecimal. */
record RecordedEvent(EventKind kind, long moment, long value, String payload) {
    RecordedEvent(EventKind kind, long moment, long value) {
        this(kind, moment, value, "");
    }

    /** All events of a trace, from processor 0 only. */
    static List<RecordedEvent> of(Trace trace) {
        List<RecordedEvent> events = new ArrayList<>();
        try (EventLogReader log = trace.openEventLog()) {
            for (; !log.atEnd(); log.next()) {
                if (log.processor() != 0) {
                    throw new AssertionError("processor " + log.processor());
                }
                String payload = log.kind().hasPayload() ? HexFormat.of().formatHex(log.payload()) : "";
                events.add(new RecordedEvent(log.kind(), log.moment(), log.value(), payload));
            }
        }
        return events;
    }
}
