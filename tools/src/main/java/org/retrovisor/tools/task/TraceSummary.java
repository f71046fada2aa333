package org.retrovisor.tools.task;

import java.util.EnumMap;
import java.util.Map;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.Trace;

/**
 * What a look through a whole trace tells beyond its manifest.
 *
 * @param complete whether the recorder closed it in order
 * @param lastMoment the moment of the last event
 * @param events how many events there are
 * @param eventsByKind the same by kind, kinds without events left out
 * @param logBytes bytes of the event log
 * @param traceBytes bytes of the whole trace
 */
public record TraceSummary(boolean complete, long lastMoment, long events, Map<EventKind, Long> eventsByKind,
        long logBytes, long traceBytes) {

    /** Reads the event log to its end: some ten million events per second. */
    public static TraceSummary of(Trace trace) {
        long[] counts = new long[EventKind.values().length];
        try (EventLogReader log = trace.openEventLog()) {
            while (!log.atEnd()) {
                counts[log.kind().ordinal()]++;
                log.next();
            }
            return new TraceSummary(log.isComplete(), log.lastMoment(), log.events(), byKind(counts), log.bytes(),
                    trace.bytes());
        }
    }

    private static Map<EventKind, Long> byKind(long[] counts) {
        Map<EventKind, Long> byKind = new EnumMap<>(EventKind.class);
        for (EventKind kind : EventKind.values()) {
            if (counts[kind.ordinal()] > 0) {
                byKind.put(kind, counts[kind.ordinal()]);
            }
        }
        return byKind;
    }
}
