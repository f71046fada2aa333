package org.retrovisor.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EventLogTest {

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsWrittenIsRead(long seed) {
        Random random = new Random(seed);
        List<RandomEvents.Event> events = RandomEvents.make(seed, random.nextInt(30_000), random.nextBoolean());
        RandomEvents.writeLog(folder, events, 1 + random.nextInt(10_000));
        try (EventLogReader log = EventLogReader.open(folder)) {
            List<RandomEvents.Event> read = RandomEvents.rest(log);
            assertEquals(EventKind.END, read.removeLast().kind());
            assertEquals(events, read);
            assertTrue(log.isComplete());
            assertEquals(events.size() + 1, log.events());
        }
    }

    @Test
    void valuesAndMomentsAtTheirLimitsSurvive() {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.append(EventKind.MSR_READ, 0, Long.MIN_VALUE);
            log.append(EventKind.MSR_READ, 0, Long.MAX_VALUE);
            log.append(EventKind.MSR_READ, 1, -1);
            log.append(EventKind.MSR_READ, 255, Long.MAX_VALUE - 1, 0);
        }
        try (EventLogReader log = EventLogReader.open(folder)) {
            List<RandomEvents.Event> read = RandomEvents.rest(log);
            assertEquals(List.of(Long.MIN_VALUE, Long.MAX_VALUE, -1L, 0L),
                    read.stream().map(RandomEvents.Event::value).toList());
            assertEquals(Long.MAX_VALUE - 1, read.getLast().moment());
            assertEquals(255, read.getLast().processor());
        }
    }

    @Test
    void aLongDmaBecomesEventsOfTheSameMoment() {
        byte[] bytes = new byte[300_001];
        new Random(1).nextBytes(bytes);
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.appendDma(0, 5, 0x1000, bytes);
            log.end(6, 0);
        }
        byte[] memory = new byte[bytes.length];
        try (EventLogReader log = EventLogReader.open(folder)) {
            for (; log.kind() == EventKind.DMA; log.next()) {
                assertEquals(5, log.moment());
                System.arraycopy(log.payload(), 0, memory, (int) log.value() - 0x1000, log.payloadLength());
            }
        }
        assertArrayEquals(bytes, memory);
    }

    @Test
    void anEmptyDmaIsAnEvent() {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.appendDma(0, 5, 0x1000, new byte[0]);
        }
        try (EventLogReader log = EventLogReader.open(folder)) {
            assertEquals(EventKind.DMA, log.kind());
            assertEquals(0, log.payloadLength());
        }
    }

    @Test
    void seekReturnsToEveryPositionThatWasTaken() {
        List<RandomEvents.Event> events = RandomEvents.make(11, 5_000, false);
        RandomEvents.writeLog(folder, events, 37);
        List<Long> positions = new ArrayList<>();
        try (EventLogReader log = EventLogReader.open(folder)) {
            for (; !log.atEnd(); log.next()) {
                positions.add(log.position());
            }
            long end = log.position();
            Random random = new Random(12);
            for (int i = 0; i < 2_000; i++) {
                int event = random.nextInt(events.size());
                log.seek(positions.get(event));
                assertEquals(events.get(event), RandomEvents.current(log));
                assertEquals(event, log.eventNumber());
            }
            log.seek(end);
            assertTrue(log.atEnd());
            assertThrows(IllegalArgumentException.class, () -> log.seek(end + 1));
            assertThrows(IllegalArgumentException.class, () -> log.seek(-1));
        }
    }

    @Test
    void seekMomentFindsTheFirstEventNotBeforeIt() {
        List<RandomEvents.Event> events = RandomEvents.make(13, 3_000, false);
        RandomEvents.writeLog(folder, events, 101);
        try (EventLogReader log = EventLogReader.open(folder)) {
            Random random = new Random(14);
            long last = events.getLast().moment();
            for (int i = 0; i < 300; i++) {
                long moment = random.nextLong(last + 1);
                log.seekMoment(moment);
                int expected = 0;
                while (events.get(expected).moment() < moment) {
                    expected++;
                }
                assertEquals(expected, log.eventNumber());
            }
            log.seekMoment(last + 1);
            assertTrue(log.atEnd());
        }
    }

    @Test
    void theNextAsynchronousMomentLooksAcrossBatches() {
        List<RandomEvents.Event> events = new ArrayList<>();
        Random random = new Random(15);
        for (int i = 0; i < 4_000; i++) {
            EventKind kind = random.nextInt(300) == 0 ? EventKind.INTERRUPT : EventKind.PORT_READ;
            events.add(new RandomEvents.Event(kind, 0, 3L * i, i, List.of()));
        }
        RandomEvents.writeLog(folder, events, 50);
        try (EventLogReader log = EventLogReader.open(folder)) {
            for (int i = 0; i < events.size(); i++, log.next()) {
                assertEquals(nextAsynchronous(events, i), log.nextAsynchronousMoment(), "at event " + i);
            }
            log.next();
            assertTrue(log.atEnd());
            assertEquals(Long.MAX_VALUE, log.nextAsynchronousMoment());
            assertEquals(Long.MAX_VALUE, log.moment());
        }
    }

    private static long nextAsynchronous(List<RandomEvents.Event> events, int from) {
        return events.stream().skip(from).filter(event -> event.kind().asynchronous()).findFirst()
                .orElse(events.getLast()).moment();
    }

    @Test
    void aLogWithoutEventsIsIncompleteAndAtItsEnd() {
        new EventLogWriter(folder).close();
        try (EventLogReader log = EventLogReader.open(folder)) {
            assertTrue(log.atEnd());
            assertFalse(log.isComplete());
            assertEquals(0, log.events());
            assertThrows(TraceException.class, log::kind);
        }
    }

    @Test
    void whatWasFlushedIsReadWhileTheWriterIsStillOpen() {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.append(EventKind.PORT_READ, 1, 2);
            log.flush();
            log.append(EventKind.PORT_READ, 3, 4);
            try (EventLogReader reader = EventLogReader.open(folder)) {
                assertEquals(1, reader.events());
                assertFalse(reader.isComplete());
            }
        }
    }

    @Test
    void aLogIsNotIdleWhileItsFileIsBeingOpened() {
        CountDownLatch opened = new CountDownLatch(1);
        ThreadFactory late = task -> Thread.ofPlatform().daemon().unstarted(() -> {
            try {
                opened.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            task.run();
        });
        try (EventLogWriter log = new EventLogWriter(folder, late)) {
            try {
                assertTrue(log.isIdle(), "nothing is written yet");
                log.append(EventKind.TIMESTAMP, 1, 1);
                log.flushLater();
                assertFalse(log.isIdle());
                log.append(EventKind.TIMESTAMP, 2, 2);
                opened.countDown();
                log.flush();
                assertTrue(log.isIdle());
                assertEquals(2, log.events());
            } finally {
                opened.countDown(); // closing waits for it
            }
        }
    }

    @Test
    void whoeverWaitsForEventsIsToldOnceTheyAreWritten() {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            assertTrue(log.flushed().isDone(), "there are no events");
            log.append(EventKind.TIMESTAMP, 1, 1);
            CompletableFuture<Void> flushed = log.flushed();
            assertTrue(log.isAwaited());
            assertFalse(flushed.isDone());
            log.flushLater();
            assertFalse(log.isAwaited());
            flushed.join();
            log.append(EventKind.TIMESTAMP, 2, 2);
            assertFalse(log.flushed().isDone(), "another batch");
        }
    }

    @Test
    void batchesWaitForWhatMustBeDoneBeforeAndKeepTheirOrder() {
        CompletableFuture<Void> before = new CompletableFuture<>();
        int events = 100_000; // twelve batches
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.writeAfter(before, () -> before.complete(null));
            for (int i = 0; i < events; i++) {
                log.append(EventKind.TIMESTAMP, i, i);
            }
            log.flushLater();
            assertFalse(log.isIdle());
            assertFalse(before.isDone(), "nobody had to wait");
            assertEquals(0, log.bytes());
            log.flush();
            assertTrue(before.isDone());
        }
        try (EventLogReader log = EventLogReader.open(folder)) {
            List<RandomEvents.Event> read = RandomEvents.rest(log);
            assertEquals(events, read.size());
            for (int i = 0; i < events; i++) {
                assertEquals(i, read.get(i).value());
            }
        }
    }

    @Test
    void moreBatchesThanMayWaitAreNotPutOffAnyLonger() {
        CompletableFuture<Void> before = new CompletableFuture<>();
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.writeAfter(before, () -> before.complete(null));
            byte[] payload = new byte[BatchLayout.MAX_PAYLOAD];
            for (int i = 0; i < 40; i++) {
                log.appendDma(0, i, 0x1000, payload);
            }
            assertTrue(before.isDone());
            log.end(40, 0);
        }
        try (EventLogReader log = EventLogReader.open(folder)) {
            assertEquals(41, RandomEvents.rest(log).size());
        }
    }

    @Test
    void whatFailsBeforeTheLogIsWhatTheLogSays() throws IOException {
        CompletableFuture<Void> before = new CompletableFuture<>();
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.writeAfter(before, () -> {});
            log.append(EventKind.TIMESTAMP, 1, 1);
            log.flushLater();
            log.append(EventKind.TIMESTAMP, 2, 2);
            CompletableFuture<Void> flushed = log.flushed();
            IllegalStateException failure = new IllegalStateException("no state");
            before.completeExceptionally(failure);
            assertSame(failure, assertThrows(IllegalStateException.class, log::flush));
            assertSame(failure, assertThrows(IllegalStateException.class, log::flushLater));
            assertTrue(flushed.isCompletedExceptionally());
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void aSmallLogIsSmallOnDisk() throws IOException {
        RandomEvents.writeLog(folder, RandomEvents.make(16, 100, false), 1000);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                assertTrue(Files.size(file) <= 3 << 20, file + " has " + Files.size(file) + " bytes");
            }
        }
    }

    @Test
    void aFolderThatHoldsALogIsNotOverwritten() {
        new EventLogWriter(folder.resolve("a")).close();
        RandomEvents.writeLog(folder.resolve("b"), List.of(), 1);
        TraceException refused = assertThrows(TraceException.class, () -> new EventLogWriter(folder.resolve("b")));
        assertEquals(TraceException.Reason.OUTPUT_EXISTS, refused.reason());
    }

    @Test
    void theWriterRefusesMomentsThatRunBackAndEventsAfterTheEnd() {
        try (EventLogWriter log = new EventLogWriter(folder)) {
            log.append(EventKind.PORT_READ, 5, 0);
            assertThrows(IllegalArgumentException.class, () -> log.append(EventKind.PORT_READ, 4, 0));
            assertThrows(IllegalArgumentException.class, () -> log.append(EventKind.PORT_READ, 256, 5, 0));
            assertThrows(IllegalArgumentException.class, () -> log.append(EventKind.END, 5, 0));
            log.end(5, 0);
            assertThrows(IllegalStateException.class, () -> log.append(EventKind.PORT_READ, 6, 0));
        }
    }

    /** Our walk over the file and Chronicle's own tailer must agree about every excerpt. */
    @Test
    void chronicleReadsTheSameExcerptsAsWeDo() throws IOException {
        RandomEvents.writeLog(folder, RandomEvents.make(17, 20_000, true), 333);
        int excerpts = 0;
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(folder).rollCycle(RollCycles.TEN_MINUTELY)
                .timeProvider(() -> 0L).readOnly(true).build();
                var tailer = queue.createTailer();
                FileChannel file = FileChannel.open(EventLogFile.find(folder))) {
            QueueFrames frames = new QueueFrames(file);
            Bytes<?> bytes = Bytes.allocateElasticOnHeap();
            for (; tailer.readBytes(bytes); bytes.clear(), excerpts++) {
                assertTrue(frames.advance());
                byte[] ours = new byte[frames.length()];
                QueueFrames.readFully(file, ByteBuffer.wrap(ours), frames.position());
                assertArrayEquals(bytes.toByteArray(), ours);
            }
            assertFalse(frames.advance());
        }
        assertTrue(excerpts > 50);
    }
}
