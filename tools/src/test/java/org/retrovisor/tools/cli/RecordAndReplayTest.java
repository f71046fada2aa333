package org.retrovisor.tools.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.TraceFolders;
import sun.misc.Signal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The commands from end to end, on the embedded guest. */
@Timeout(120)
class RecordAndReplayTest {
    @TempDir
    static Path shared;
    private static Path shortTrace;

    @TempDir
    Path folder;

    @BeforeAll
    static void record() {
        shortTrace = RacerTrace.shortOne(shared);
    }

    @Test
    void aCrashUnderTheHostsClockReplaysByteForByteWithoutItsKernel() throws IOException {
        Path kernel = RacerTrace.kernel(folder);
        Path trace = folder.resolve("crash.rv");
        Invocation recorded = Invocation.of("record", "--kernel", kernel, "--memory", "64M", "-o", trace).succeeded();
        assertTrue(recorded.out().contains("PANIC: page fault"), recorded.out());
        assertTrue(recorded.err().contains("the guest reset the machine"), recorded.err());
        assertTrue(recorded.err().contains("next: retrovisor replay " + trace), recorded.err());
        Files.delete(kernel);
        Invocation replayed = Invocation.of("replay", trace).succeeded();
        assertArrayEquals(recorded.outBytes(), replayed.outBytes());
        assertTrue(replayed.err().contains("verified: registers, RAM and console"), replayed.err());
    }

    @Test
    void aPackedTraceReplaysLikeItsFolderAndIsTheSameEachTime() throws IOException {
        Path first = folder.resolve("a.rvz");
        Path second = folder.resolve("b.rvz");
        Invocation.of("pack", shortTrace, "-o", first).succeeded();
        Invocation.of("pack", first, "-o", second).succeeded();
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        Invocation unpacked = Invocation.of("replay", shortTrace).succeeded();
        Invocation packed = Invocation.of("replay", first).succeeded();
        assertArrayEquals(unpacked.outBytes(), packed.outBytes());
    }

    @Test
    void twoRunsByTheStepsClockAreIdentical() {
        Path second = folder.resolve("second.rv");
        Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "--memory", "16M", "--clock", "steps",
                "--max-instructions", RacerTrace.SHORT_RUN, "-o", second).succeeded();
        JsonObject a = Invocation.of("info", shortTrace, "--json").json();
        JsonObject b = Invocation.of("info", second, "--json").json();
        assertEquals(a.get("end").getAsJsonObject().get("finalDigest"),
                b.get("end").getAsJsonObject().get("finalDigest"));
        assertEquals(a.get("eventsByKind"), b.get("eventsByKind"));
    }

    @Test
    void theInstructionLimitIsExact() {
        JsonObject info = Invocation.of("info", shortTrace, "--json").json();
        assertEquals(2_000_000, info.get("lastMoment").getAsLong());
        assertEquals("INSTRUCTION_LIMIT", info.get("end").getAsJsonObject().get("reason").getAsString());
    }

    @Test
    void theConsolesTextEndsARun() {
        Invocation run = Invocation.of("run", "--kernel", RacerTrace.kernel(folder), "--memory", "16M", "--clock",
                "steps", "--stop-on", "64 acc[a-z]+ and", "--json").succeeded();
        assertEquals("CONSOLE_MATCH", run.json().get("end").getAsString());
        assertTrue(run.err().contains("64 accounts"), run.err());
        assertFalse(run.err().contains("PANIC"), run.err());
    }

    @Test
    void jsonIsTheOnlyThingOnStandardOutput() throws IOException {
        Path trace = folder.resolve("j.rv");
        JsonObject recorded = Invocation.of("record", "--kernel", RacerTrace.kernel(folder), "--memory", "16M",
                "--clock", "steps", "--max-instructions", "1M", "-o", trace, "--json").succeeded().json();
        assertEquals(trace.toString(), recorded.get("trace").getAsString());
        assertEquals(1_000_000, recorded.get("instructions").getAsLong());
        JsonObject replayed = Invocation.of("replay", trace, "--json").succeeded().json();
        assertEquals("SAME", replayed.get("verification").getAsString());
        assertEquals(recorded.get("finalDigest"), replayed.get("finalDigest"));
        assertEquals(recorded.get("consoleBytes"), replayed.get("consoleBytes"));
        JsonObject verified = Invocation.of("verify", trace, "--json").succeeded().json();
        assertTrue(verified.get("integrity").getAsBoolean());
        JsonObject packed = Invocation.of("pack", trace, "-o", folder.resolve("j.rvz"), "--json").succeeded().json();
        assertEquals(Files.size(folder.resolve("j.rvz")), packed.get("packedBytes").getAsLong());
    }

    @Test
    void infoTellsPeopleWhatTheTraceIs() {
        String info = Invocation.of("info", shortTrace).succeeded().out();
        assertTrue(info.contains("16 MiB of RAM"), info);
        assertTrue(info.contains("clock counts steps"), info);
        assertTrue(info.contains("racer.elf"), info);
        assertTrue(info.contains("the instruction limit was reached, after 2,000,000 instructions"), info);
        assertTrue(info.contains("INTERRUPT"), info);
    }

    @Test
    void eventsAreFilteredByKindMomentAndNumber() {
        JsonObject all = Invocation.of("events", shortTrace, "--json").succeeded().json();
        JsonObject info = Invocation.of("info", shortTrace, "--json").json();
        assertEquals(info.get("events").getAsInt(), all.getAsJsonArray("events").size());
        JsonObject some = Invocation.of("events", shortTrace, "--kind", "INTERRUPT,END", "--from", "1M", "--limit",
                "3", "--json").succeeded().json();
        assertEquals(3, some.getAsJsonArray("events").size());
        some.getAsJsonArray("events").forEach(event -> {
            assertEquals("INTERRUPT", event.getAsJsonObject().get("kind").getAsString());
            assertTrue(event.getAsJsonObject().get("moment").getAsLong() >= 1_000_000);
        });
        String table = Invocation.of("events", shortTrace, "--kind", "END").succeeded().out();
        assertEquals(2, table.lines().count(), table);
        Invocation.of("events", shortTrace, "--from", "5", "--to", "4").refused(ExitCode.USAGE, "--to lies before");
        Invocation.of("events", shortTrace, "--kind", "TEA").refused(ExitCode.USAGE, "TEA");
    }

    @Test
    void aSignalEndsARecordingInOrder() throws Exception {
        Path trace = folder.resolve("signal.rv");
        Path endless = Files.write(folder.resolve("endless.bin"), endlessKernel());
        try (PipedOutputStream nothing = new PipedOutputStream(); PipedInputStream in = new PipedInputStream(nothing)) {
            Thread sender = new Thread(() -> raiseWhenRecording(trace));
            sender.start();
            Invocation recorded = Invocation.withInput(in, "record", "--kernel", endless, "--memory", "16M", "-o",
                    trace);
            sender.join();
            recorded.ended(ExitCode.INTERRUPTED);
        }
        JsonObject info = Invocation.of("info", trace, "--json").succeeded().json();
        assertEquals("USER", info.get("end").getAsJsonObject().get("reason").getAsString());
        Invocation.of("replay", trace).succeeded();
    }

    /** A multiboot kernel that jumps to itself for ever: whenever the signal comes, the guest still runs. */
    private static byte[] endlessKernel() {
        int magic = 0x1BADB002;
        int addressesFollow = 1 << 16;
        int load = 0x100000;
        int headerBytes = 32;
        return ByteBuffer.allocate(headerBytes + 2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(magic)
                .putInt(addressesFollow)
                .putInt(-(magic + addressesFollow))
                .putInt(load)
                .putInt(load)
                .putInt(0)
                .putInt(0)
                .putInt(load + headerBytes)
                .put((byte) 0xEB)
                .put((byte) 0xFE)
                .array();
    }

    private static void raiseWhenRecording(Path trace) {
        try {
            while (!Files.exists(trace.resolve("manifest"))) {
                Thread.sleep(5);
            }
            Thread.sleep(100);
            Signal.raise(new Signal("TERM"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aRecordingThatWasCutShortReplaysAsFarAsItGoesAndSaysSo() throws IOException {
        Path copy = TraceFolders.copy(shortTrace, folder.resolve("cut.rv"));
        Damage.asIfTheRecorderHadDied(copy);
        Invocation replayed = Invocation.of("replay", copy).succeeded();
        assertTrue(replayed.err().contains("not verified: the recording was cut short"), replayed.err());
        assertTrue(Invocation.of("info", copy).succeeded().out().contains("cut short"));
        byte[] whole = Invocation.of("replay", shortTrace).succeeded().outBytes();
        assertArrayEquals(Arrays.copyOf(whole, replayed.outBytes().length), replayed.outBytes());
    }

    @Test
    void twoRunsByTheHostsClockDiffer() {
        Object[] command = {"run", "--kernel", RacerTrace.kernel(folder), "--memory", "16M", "--stop-on",
            "timestamp .* money"};
        assertNotEquals(Invocation.of(command).succeeded().out(), Invocation.of(command).succeeded().out());
    }
}
