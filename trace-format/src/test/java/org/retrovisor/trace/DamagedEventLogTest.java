package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever happens to the bytes of a log, reading gives its events, a prefix of them, or a TraceException. */
class DamagedEventLogTest {

    @TempDir
    Path folder;

    private List<RandomEvents.Event> events;
    private Path file;
    private byte[] good;
    /** Before it: the queue's description and its empty index, 32 KiB of zeros. */
    private int firstBatch;

    @BeforeEach
    void writeASmallLog() throws IOException {
        Path source = folder.resolve("good");
        RandomEvents.writeLog(source, RandomEvents.make(21, 40, true), 15);
        try (EventLogReader log = EventLogReader.open(source)) {
            events = RandomEvents.rest(log);
        }
        try (EventLogFile log = EventLogFile.open(source)) {
            assertEquals(3, log.batches());
            good = Arrays.copyOf(Files.readAllBytes(EventLogFile.find(source)), (int) log.usedBytes());
        }
        try (FileChannel channel = FileChannel.open(EventLogFile.find(source))) {
            QueueFrames frames = new QueueFrames(channel);
            frames.advance();
            firstBatch = (int) frames.position();
        }
        file = Files.createDirectories(folder.resolve("bad")).resolve("events.cq4");
    }

    @Test
    void aFlippedBitIsNoticedOrLeavesAPrefix() {
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            int noticed = 0;
            for (int at = 0; at < good.length; at += stride(at)) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << at % 8);
                noticed += check(bad, "bit flipped in byte " + at) ? 1 : 0;
            }
            assertTrue(noticed > 1000, "only " + noticed + " of " + good.length + " flips were noticed");
        });
    }

    @Test
    void aFlippedByteInABatchIsAlwaysNoticed() {
        int length = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getInt(firstBatch - 4);
        for (int at = firstBatch; at < firstBatch + length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) 0xFF;
            assertTrue(check(bad, "byte " + at), "byte " + at + " was flipped and not noticed");
        }
    }

    @Test
    void aLogCutAnywhereKeepsItsWholeBatches() throws IOException {
        for (int length = 64; length < good.length - 3; length += stride(length)) {
            Files.write(file, Arrays.copyOf(good, length));
            try (EventLogReader log = EventLogReader.open(folder.resolve("bad"))) {
                assertFalse(log.isComplete(), "cut at " + length);
                List<RandomEvents.Event> read = RandomEvents.rest(log);
                assertEquals(events.subList(0, read.size()), read, "cut at " + length);
                assertEquals(log.events(), read.size());
            }
        }
    }

    private int stride(int at) {
        return at < firstBatch - 64 ? 37 : 1;
    }

    @Test
    void aLogCutInItsFirstBytesIsRefused() throws IOException {
        for (int length = 0; length < 10; length++) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThrows(TraceException.class, () -> EventLogReader.open(folder.resolve("bad")));
        }
    }

    @Test
    void randomDamageNeverEscapesTheRules() {
        long seed = 22;
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            byte[] bad = good.clone();
            for (int i = random.nextInt(20); i >= 0; i--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            check(bad, "seed " + seed + " round " + round);
        }
    }

    /** A forger can make every checksum right; the columns behind them must still obey the rules. */
    @Test
    void damageBehindRightChecksumsNeverEscapesTheRules() throws IOException {
        long seed = 23;
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            byte[] raw = new byte[40 + random.nextInt(200)];
            random.nextBytes(raw);
            for (int i = 0; i < 20; i++) {
                raw[i] = (byte) (1 + random.nextInt(5));
            }
            decodeForged(random, raw, "seed " + seed + " round " + round);
        }
    }

    private static void decodeForged(Random random, byte[] raw, String what) {
        int events = 1 + random.nextInt(20);
        int moments = Math.min(raw.length - events, events + random.nextInt(events + 1));
        int values = Math.min(raw.length - events - moments, events + random.nextInt(events + 1));
        byte[] stored = Zstd.compress(raw);
        BatchLayout.Header header = new BatchLayout.Header(random.nextInt(2), 0, 0, 0, random.nextInt(5000),
                BatchLayout.NO_MOMENT, events, moments, values, 0, raw.length - events - moments - values,
                stored.length,
                BatchLayout.checksum(stored, 0, stored.length));
        try {
            Batch batch = Batch.decode(header, stored);
            assertEquals(events, batch.count, what);
        } catch (TraceException e) {
            assertTrue(e.getMessage().contains("batch 0"), e.getMessage());
        }
    }

    @Test
    void batchesInAnotherOrderAreNoticed() throws IOException {
        Files.write(file, good);
        List<byte[]> frames = new ArrayList<>();
        int first = 0;
        try (FileChannel channel = FileChannel.open(file)) {
            QueueFrames walk = new QueueFrames(channel);
            while (walk.advance()) {
                first = first == 0 ? (int) walk.position() - 4 : first;
                frames.add(Arrays.copyOfRange(good, (int) walk.position() - 4, (int) walk.end()));
            }
        }
        byte[] bad = Arrays.copyOf(good, good.length);
        int at = first;
        for (byte[] frame : frames.reversed()) {
            System.arraycopy(frame, 0, bad, at, Math.min(frame.length, bad.length - at));
            at += frame.length;
        }
        assertTrue(check(bad, "reversed batches"));
    }

    /** Reads a damaged log whole; true if the damage was noticed. Anything but the three outcomes fails the test. */
    private boolean check(byte[] bad, String what) {
        try {
            Files.write(file, bad);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (EventLogReader log = EventLogReader.open(folder.resolve("bad"))) {
            List<RandomEvents.Event> read = RandomEvents.rest(log);
            assertEquals(events.subList(0, read.size()), read, what);
            return !log.isComplete();
        } catch (TraceException e) {
            assertEquals(1, e.getMessage().lines().count(), what);
            return true;
        }
    }
}
