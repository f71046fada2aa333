package org.retrovisor.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TracesTest {

    @TempDir
    Path folder;

    @Test
    void aBundleHoldsWhatTheFolderHeld() throws IOException {
        Path directory = folder.resolve("a.rv");
        Path bundle = folder.resolve("a.rvz");
        List<RandomEvents.Event> events = SampleTrace.write(directory, 31);
        try (Trace trace = Traces.open(directory)) {
            Traces.pack(trace, bundle);
        }
        TraceDirectory.deleteTree(directory);
        Path unpacked;
        try (Trace trace = Traces.open(bundle)) {
            unpacked = trace.directory().path();
            trace.checkIntegrity();
            assertTrue(trace.isComplete());
            try (EventLogReader log = trace.openEventLog(); MachineStateReader state = trace.openInitialState()) {
                assertEquals(events, RandomEvents.rest(log).subList(0, events.size()));
                assertArrayEquals(SampleTrace.memory(31), SampleTrace.readMemory(state));
            }
        }
        assertFalse(Files.exists(unpacked));
    }

    @Test
    void bookmarksStayWithTheTraceAndTravelInABundle() {
        SortedMap<String, Long> bookmarks = new TreeMap<>(Map.of("cause", 17L, "b\u00fcg#1", 4L));
        SampleTrace.write(folder.resolve("a.rv"), 34);
        try (Trace trace = Traces.open(folder.resolve("a.rv"))) {
            assertEquals(Map.of(), trace.bookmarks());
            assertTrue(trace.canKeepBookmarks());
            trace.keepBookmarks(Map.of("forgotten", 1L));
            trace.keepBookmarks(bookmarks);
            Traces.pack(trace, folder.resolve("a.rvz"));
        }
        for (String name : List.of("a.rv", "a.rvz")) {
            try (Trace trace = Traces.open(folder.resolve(name))) {
                assertEquals(bookmarks, trace.bookmarks());
                assertEquals(name.equals("a.rv"), trace.canKeepBookmarks());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x y", "1", "1 ", "-1 a", "1 a b", "1 \u001b[2J", "1 a\n2 a", "99999999999999999999 a",
        "1 a\n\n"})
    void falseBookmarksAreRefused(String text) throws IOException {
        SampleTrace.write(folder.resolve("a.rv"), 35);
        Files.writeString(folder.resolve("a.rv/bookmarks"), text);
        try (Trace trace = Traces.open(folder.resolve("a.rv"))) {
            assertReason(TraceException.Reason.CORRUPT, trace::bookmarks);
            assertReason(TraceException.Reason.CORRUPT, trace::checkIntegrity);
        }
    }

    @Test
    void aBundleIsMadeTheSameEachTime() throws IOException {
        SampleTrace.write(folder.resolve("a.rv"), 32);
        try (Trace trace = Traces.open(folder.resolve("a.rv"))) {
            Traces.pack(trace, folder.resolve("1.rvz"));
            Traces.pack(trace, folder.resolve("2.rvz"));
        }
        assertEquals(-1, Files.mismatch(folder.resolve("1.rvz"), folder.resolve("2.rvz")));
    }

    @Test
    void nothingThatExistsIsOverwritten() throws IOException {
        Path existing = Files.writeString(folder.resolve("mine"), "mine");
        SampleTrace.write(folder.resolve("a.rv"), 33);
        assertReason(TraceException.Reason.OUTPUT_EXISTS, () -> TraceDirectory.create(existing));
        assertReason(TraceException.Reason.OUTPUT_EXISTS, () -> TraceDirectory.create(folder.resolve("a.rv")));
        try (Trace trace = Traces.open(folder.resolve("a.rv"))) {
            assertReason(TraceException.Reason.OUTPUT_EXISTS, () -> Traces.pack(trace, existing));
        }
        assertEquals("mine", Files.readString(existing));
    }

    @Test
    void whatIsNoTraceIsNamedAsSuch() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertReason(TraceException.Reason.NOT_FOUND, () -> Traces.open(folder.resolve("none")));
        assertReason(TraceException.Reason.NOT_A_TRACE, () -> Traces.open(text));
        assertReason(TraceException.Reason.NOT_A_TRACE, () -> Traces.open(Files.createDirectory(folder.resolve("d"))));
        assertReason(TraceException.Reason.INPUT_OUTPUT, () -> TraceDirectory.create(folder.resolve("no/such/a.rv")));
    }

    @Test
    void aLogShorterThanTheManifestPromisesIsRefused() throws IOException {
        Path directory = folder.resolve("a.rv");
        SampleTrace.write(directory, 34);
        Path log = EventLogFile.find(directory.resolve("events"));
        byte[] bytes = Files.readAllBytes(log);
        try (EventLogFile file = EventLogFile.open(directory.resolve("events"))) {
            Files.write(log, Arrays.copyOf(bytes, (int) file.usedBytes() - 100));
        }
        assertReason(TraceException.Reason.CORRUPT, () -> Traces.open(directory));
    }

    @Test
    void aRecordingThatWasKilledOpensAsIncomplete() {
        TraceDirectory directory = TraceDirectory.create(folder.resolve("a.rv"));
        directory.writeManifest(SampleTrace.recording()
                .setInitialState(SampleTrace.writeState(directory.initialState(), SampleTrace.memory(35))).build());
        try (EventLogWriter log = new EventLogWriter(directory.events())) {
            log.append(EventKind.PORT_READ, 1, 2);
        }
        try (Trace trace = Traces.open(folder.resolve("a.rv")); EventLogReader log = trace.openEventLog()) {
            assertFalse(trace.isComplete());
            assertFalse(log.isComplete());
            assertEquals(1, log.events());
            trace.checkIntegrity();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "/evil", "events/../../evil", "events/", "events/a/b", "checkpoints/..", "other",
        "events\\evil", ""})
    void aBundleWithAForeignNameIsRefused(String name) throws IOException {
        Path bundle = folder.resolve("a.rvz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bundle))) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write("evil".getBytes(StandardCharsets.US_ASCII));
        }
        assertReason(TraceException.Reason.CORRUPT, () -> Traces.open(bundle));
        assertFalse(Files.exists(folder.resolve("evil")));
    }

    @Test
    void aBundleThatGrowsWithoutBoundIsRefused() throws IOException {
        Path bundle = folder.resolve("a.rvz");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bundle))) {
            zip.putNextEntry(new ZipEntry("manifest"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                zip.write(zeros);
            }
        }
        assertReason(TraceException.Reason.CORRUPT, () -> Traces.open(bundle));
    }

    @Test
    void aDamagedBundleIsRefusedOrReadsRight() throws IOException {
        SampleTrace.write(folder.resolve("a.rv"), 36);
        Path bundle = folder.resolve("a.rvz");
        try (Trace trace = Traces.open(folder.resolve("a.rv"))) {
            Traces.pack(trace, bundle);
        }
        byte[] good = Files.readAllBytes(bundle);
        Path bad = folder.resolve("bad.rvz");
        for (int at = 0; at < good.length; at += at < 300 || good.length - at < 600 ? 7 : 1999) {
            byte[] bytes = good.clone();
            bytes[at] ^= 0x55;
            Files.write(bad, bytes);
            readWhole(bad);
            Files.write(bad, Arrays.copyOf(good, at));
            assertThrows(TraceException.class, () -> Traces.open(bad), "cut at " + at);
        }
    }

    private static void readWhole(Path bundle) {
        try (Trace trace = Traces.open(bundle)) {
            trace.checkIntegrity();
        } catch (TraceException e) {
            assertEquals(1, e.getMessage().lines().count());
        }
    }

    private static void assertReason(TraceException.Reason reason, Executable action) {
        assertEquals(reason, assertThrows(TraceException.class, action).reason());
    }
}
