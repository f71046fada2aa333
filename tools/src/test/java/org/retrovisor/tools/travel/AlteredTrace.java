package org.retrovisor.tools.travel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.retrovisor.tools.TraceFolders;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.EventLogWriter;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.Traces;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

/** Traces that are in order as files, and tell of something else than what happened. */
final class AlteredTrace {
    private AlteredTrace() {}

    /** An event without payload. */
    record Event(EventKind kind, long moment, long value) {
        Event withValue(long other) {
            return new Event(kind, moment, other);
        }
    }

    /** All events but the end. */
    static List<Event> events(Trace trace) {
        List<Event> events = new ArrayList<>();
        try (EventLogReader log = trace.openEventLog()) {
            for (; log.kind() != EventKind.END; log.next()) {
                events.add(new Event(log.kind(), log.moment(), log.value()));
            }
        }
        return events;
    }

    /** A trace with other events and the same end. */
    static Trace ended(Trace trace, Path output, List<Event> events) {
        Manifest.Builder manifest = trace.manifest().toBuilder();
        manifest.getEndBuilder().setEventCount(events.size() + 1);
        return write(trace, output, events, manifest.build());
    }

    /** A trace whose recorder died after these events. */
    static Trace cutShort(Trace trace, Path output, List<Event> events) {
        Manifest.Builder manifest = trace.manifest().toBuilder();
        return write(
                trace, output, events, manifest.clearEnd().setState(RecordingState.RECORDING).build());
    }

    /** The same trace as if the recorder had left no checkpoints. */
    static Trace withoutCheckpoints(Path from, Path to) {
        TraceFolders.copy(from, to);
        try (Stream<Path> files = Files.walk(to.resolve("checkpoints"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Traces.open(to);
    }

    private static Trace write(Trace trace, Path output, List<Event> events, Manifest manifest) {
        TraceDirectory directory = TraceDirectory.create(output);
        try (EventLogWriter log = new EventLogWriter(directory.events())) {
            Files.copy(trace.source().resolve("initial-state"), directory.initialState());
            events.forEach(event -> log.append(event.kind(), 0, event.moment(), event.value()));
            if (manifest.hasEnd()) {
                log.end(manifest.getEnd().getMoment(), manifest.getEnd().getReasonValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        directory.writeManifest(manifest);
        return Traces.open(output);
    }
}
