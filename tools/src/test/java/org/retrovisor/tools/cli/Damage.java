package org.retrovisor.tools.cli;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.retrovisor.tools.TraceFolders;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.EventLogWriter;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.Traces;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

/** Makes bad traces out of a good one. */
final class Damage {
    private Damage() {}

    /** The file of the event log. */
    static Path eventLog(Path trace) throws IOException {
        try (Stream<Path> files = Files.list(trace.resolve("events"))) {
            List<Path> queues = files.filter(file -> file.toString().endsWith(".cq4")).toList();
            return queues.getFirst();
        }
    }

    /** Where the last batch of events begins in the file of an event log. */
    static int lastBatch(Path log) throws IOException {
        return new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1).lastIndexOf("RVB1");
    }

    static void cut(Path file, int left) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), left));
    }

    static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 0x10;
        Files.write(file, bytes);
    }

    /** A trace that is in order, but lacks one event. */
    static Path withoutEvent(Path from, Path to, long event) {
        try (Trace trace = Traces.open(from); EventLogReader log = trace.openEventLog()) {
            TraceDirectory directory = TraceDirectory.create(to);
            Files.copy(from.resolve("initial-state"), directory.initialState());
            try (EventLogWriter writer = new EventLogWriter(directory.events())) {
                copyEvents(log, writer, event);
            }
            Manifest manifest = trace.manifest();
            directory.writeManifest(manifest.toBuilder()
                    .setEnd(manifest.getEnd().toBuilder().setEventCount(manifest.getEnd().getEventCount() - 1))
                    .build());
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copyEvents(EventLogReader log, EventLogWriter writer, long without) {
        while (log.eventNumber() < log.events() - 1) {
            if (log.eventNumber() != without) {
                writer.append(log.kind(), log.processor(), log.moment(), log.value());
            }
            log.next();
        }
        writer.end(log.moment(), (int) log.value());
    }

    /** A trace that is in order, but whose manifest promises another end. */
    static Path withOtherDigest(Path from, Path to) throws IOException {
        TraceFolders.copy(from, to);
        TraceFolders.changeManifest(to, manifest -> {
            byte[] digest = manifest.getEnd().getFinalDigest().toByteArray();
            digest[7] ^= 1;
            manifest.getEndBuilder().setFinalDigest(ByteString.copyFrom(digest));
        });
        return to;
    }

    /** A trace that is in order, but of a processor model that nobody knows. */
    static Path withModel(String model, Path from, Path to) throws IOException {
        TraceFolders.copy(from, to);
        TraceFolders.changeManifest(to, manifest -> manifest.getMachineBuilder().setProcessorModel(model));
        return to;
    }

    /** A trace that is in order, and says of itself that it is of another version of its processor model. */
    static Path withModelVersion(int version, Path from, Path to) throws IOException {
        TraceFolders.copy(from, to);
        TraceFolders.changeManifest(to, manifest -> manifest.getMachineBuilder().setProcessorModelVersion(version));
        return to;
    }

    /** Makes of a trace what a killed recorder leaves: no END event, no end in the manifest. */
    static void asIfTheRecorderHadDied(Path trace) throws IOException {
        Path events = trace.resolve("events");
        Path whole = trace.resolve("whole-events");
        Files.move(events, whole);
        try (EventLogReader log = EventLogReader.open(whole); EventLogWriter writer = new EventLogWriter(events)) {
            while (log.eventNumber() < log.events() - 1) {
                writer.append(log.kind(), log.processor(), log.moment(), log.value());
                log.next();
            }
        }
        TraceFolders.changeManifest(trace, manifest -> manifest.clearEnd().setState(RecordingState.RECORDING));
    }
}
