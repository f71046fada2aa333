package org.retrovisor.trace;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.trace.proto.BoundaryState;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.ProcessorState;
import org.retrovisor.trace.proto.RecordingState;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checkpoints in a trace, good and bad. */
class StoredCheckpointTest {
    @TempDir
    Path folder;

    private Path directory;
    private List<RandomEvents.Event> events;

    @BeforeEach
    void writeTrace() {
        directory = folder.resolve("a.rv");
        events = SampleTrace.write(directory, 77);
    }

    /** The head of a checkpoint right before an event. */
    private MachineStateHead.Builder head(int event) {
        return SampleTrace.head().toBuilder()
                .setMoment(events.get(event).moment())
                .setNextEvent(event)
                .setBoundary(BoundaryState.newBuilder().setOutwardDigest(7).setConsoleBytes(3));
    }

    private void write(int number, MachineStateHead head, int... pages) {
        try (StateBlock block = new StateBlock();
                MachineStateWriter writer = new TraceDirectory(directory).checkpoints().write(number, head, block)) {
            for (int page : pages) {
                writer.page(page, words(page));
            }
            writer.finish();
        }
    }

    /** A page of its number; page 0 is one of zeros. */
    private static byte[] bytes(int number) {
        byte[] bytes = new byte[StateLayout.PAGE];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    private static long[] words(int number) {
        return SampleTrace.words(bytes(number));
    }

    private static MemorySegment page(int number) {
        return MemorySegment.ofArray(bytes(number));
    }

    private Path file(int number) {
        return directory.resolve("checkpoints").resolve("%06d".formatted(number));
    }

    private static void assertCorrupt(Path trace, String sentence) {
        try (Trace opened = Traces.open(trace)) {
            TraceException e = assertThrows(TraceException.class, opened::checkpoints);
            assertEquals(TraceException.Reason.CORRUPT, e.reason());
            assertTrue(e.getMessage().contains(sentence), e.getMessage());
        }
    }

    @Test
    void whatIsWrittenIsReadAlsoFromABundle() {
        write(1, head(100).build(), 0, 5, 9);
        write(2, head(200).build(), 3);
        Path bundle = folder.resolve("a.rvz");
        try (Trace trace = Traces.open(directory)) {
            check(trace);
            Traces.pack(trace, bundle);
        }
        try (Trace trace = Traces.open(bundle)) {
            check(trace);
            trace.checkIntegrity();
        }
    }

    private void check(Trace trace) {
        List<StoredCheckpoint> checkpoints = trace.checkpoints();
        assertEquals(List.of(head(100).build(), head(200).build()),
                checkpoints.stream().map(StoredCheckpoint::head).toList());
        assertEquals(events.get(200).moment(), checkpoints.get(1).moment());
        long[] found = new long[3];
        int[] count = new int[1];
        checkpoints.get(0).pages((number, page, difference) -> {
            assertFalse(difference);
            found[count[0]++] = number;
            assertEquals(-1, page((int) number).mismatch(page));
        });
        assertArrayEquals(new long[]{0, 5, 9}, found);
    }

    @Test
    void differencesComeBackAsSuch() {
        MachineStateHead head = head(100).setFormatVersion(2).setPageDifferences(true).build();
        try (StateBlock block = new StateBlock();
                MachineStateWriter writer = new TraceDirectory(directory).checkpoints().write(1, head, block)) {
            writer.page(1, words(1));
            writer.difference(2, words(2));
            writer.difference(9, words(9));
            writer.finish();
        }
        Map<Long, Boolean> found = new TreeMap<>();
        try (Trace trace = Traces.open(directory)) {
            trace.checkIntegrity();
            trace.checkpoints().get(0).pages((number, page, difference) -> {
                found.put(number, difference);
                assertEquals(-1, page((int) number).mismatch(page));
            });
        }
        assertEquals(Map.of(1L, false, 2L, true, 9L, true), found);
        assertThrows(IllegalStateException.class, () -> {
            try (StateBlock block = new StateBlock();
                    MachineStateWriter writer = new TraceDirectory(directory).checkpoints().write(2, head(200).build(),
                            block)) {
                writer.difference(2, words(2));
            }
        });
    }

    @Test
    void anUnfinishedCheckpointIsNotThere() throws IOException {
        write(1, head(100).build(), 1);
        Files.copy(file(1), directory.resolve("checkpoints/000002.part"));
        Files.copy(file(1), file(3)); // and nothing behind a gap
        Path bundle = folder.resolve("a.rvz");
        try (Trace trace = Traces.open(directory)) {
            assertEquals(1, trace.checkpoints().size());
            Traces.pack(trace, bundle);
        }
        try (Trace trace = Traces.open(bundle)) {
            assertEquals(1, trace.checkpoints().size());
        }
    }

    @Test
    void aKilledRecorderMayHaveLeftOneThatItsLogDoesNotReach() {
        write(1, head(100).build(), 1);
        write(2, head(200).setMoment(events.getLast().moment() + 1).build(), 1);
        assertCorrupt(directory, "later than the end of the recording");
        TraceDirectory killed = TraceDirectory.create(folder.resolve("killed.rv"));
        RandomEvents.writeLogWithoutEnd(killed.events(), events.subList(0, 150));
        try {
            Files.copy(directory.resolve("initial-state"), killed.initialState());
            Files.move(directory.resolve("checkpoints"), killed.path().resolve("checkpoints"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        try (Trace whole = Traces.open(directory)) {
            killed.writeManifest(whole.manifest().toBuilder().clearEnd().setState(RecordingState.RECORDING).build());
        }
        try (Trace trace = Traces.open(killed.path())) {
            assertEquals(1, trace.checkpoints().size());
        }
    }

    @Test
    void aHeadThatContradictsTheTraceIsRefused() throws IOException {
        refused("machine", head -> head.setMemoryBytes(2 << 20));
        refused("machine", head -> head.addProcessors(
                ProcessorState.newBuilder().setState(ByteString.copyFromUtf8("another"))));
        refused("later", head -> head.setMoment(events.get(100).moment()));
        refused("boundary", MachineStateHead.Builder::clearBoundary);
        refused("boundary", head -> head.getBoundaryBuilder().setConsolePort(4));
        refused("boundary", head -> head.getBoundaryBuilder().setConsoleBytes(-1));
        refused("format", head -> head.setPageDifferences(true));
        refused("format", head -> head.setFormatVersion(2));
        refused("no format", head -> head.setFormatVersion(0));
        refused("place in the event log", head -> head.setNextEvent(20));
        refused("place in the event log", head -> head.setNextEvent(400));
        refused("place in the event log", head -> head.setNextEvent(-1));
        refused("place in the event log", head -> head.setNextEvent(Long.MAX_VALUE));
        refused("place in the event log", head -> head.setMoment(events.get(300).moment()));
    }

    private void refused(String sentence, Consumer<MachineStateHead.Builder> change) throws IOException {
        write(1, head(100).build(), 1);
        MachineStateHead.Builder head = head(200);
        change.accept(head);
        write(2, head.build(), 1);
        assertCorrupt(directory, sentence);
        Files.delete(file(2));
        Files.delete(file(1));
    }

    @Test
    void everyFlippedByteIsNoticed() throws IOException {
        write(1, head(100).build(), 1, 2);
        byte[] good = Files.readAllBytes(file(1));
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x21;
            Files.write(file(1), bad);
            try (Trace trace = Traces.open(directory)) {
                assertThrows(TraceException.class, trace::checkIntegrity, "byte " + at);
            }
        }
    }
}
