package org.retrovisor.tools.travel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.gdbstub.GdbScript;
import org.retrovisor.gdbstub.GdbServer;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A real gdb without symbols: stops at addresses that change their meaning, and exact watchpoints. */
@Timeout(300)
class GdbOnTinyGuestTest {
    @TempDir
    private static Path folder;

    private static Path script;
    private static Trace trace;
    private static Timeline timeline;
    private GdbServer server;

    @BeforeAll
    static void record() throws Exception {
        Gdb.require();
        script = GdbScript.write(folder);
        TinyGuest.record(folder.resolve("tiny.rv"));
        trace = Traces.open(folder.resolve("tiny.rv"));
        timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26);
    }

    @AfterAll
    static void close() {
        if (timeline != null) {
            timeline.close();
            trace.close();
        }
    }

    @BeforeEach
    void serveFromTheBeginning() throws Exception {
        timeline.seekEnd(() -> false);
        timeline.seek(0, () -> false);
        server = GdbServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), new ReplayTarget(timeline));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String gdb(String... commands) throws Exception {
        String[] all = Stream.concat(Stream.of("source " + script), Stream.of(commands)).toArray(String[]::new);
        return Gdb.run(server.address(), null, all);
    }

    @Test
    void breakpointsCountBeforeTheirPageIsMappedAndInWhateverAddressSpace() throws Exception {
        String output = gdb("x/b 0x40001000", "hbreak *0x40001000", "continue", "p $moment", "p/x $cr3", "continue",
                "reverse-continue", "p $moment", "delete", "tbreak *0x40001000", "retro seek begin", "continue",
                "p $moment");
        assertTrue(output.contains("Cannot access memory at address 0x40001000"), output);
        assertTrue(output.contains("No more reverse-execution history."), output);
        assertEquals(List.of("35", "0x6000", "35", "35"), Gdb.values(output), output);
    }

    @Test
    void aWatchpointSeesItsAddressInEveryAddressSpace() throws Exception {
        String output = gdb("watch *(unsigned char*)0x40000000", "continue", "p $moment", "continue", "p $moment",
                "p/x $cr3", "reverse-continue", "p $moment", "p/d *(unsigned char*)0x40000000", "reverse-continue",
                "p $moment");
        assertEquals(List.of("3", "31", "0x6000", "30", "0", "2"), Gdb.values(output), output);
    }

    @Test
    void aRepInstructionStopsAtTheIterationThatWrote() throws Exception {
        String output = gdb("watch *(char*)0x8000f", "continue", "p $moment", "p $rcx", "x/i $pc", "reverse-continue",
                "p $moment", "p $rcx");
        assertEquals(List.of("14", "8", "13", "9"), Gdb.values(output), output);
        assertTrue(output.contains("rep stos"), output);
    }

    @Test
    void whatADeviceWritesStopsAWatchpoint() throws Exception {
        String output = gdb("retro seek 23", "watch *(short*)0x80010", "continue", "p $moment",
                "p/x *(short*)0x80010", "retro last-write (short*)0x80010", "reverse-continue", "p $moment",
                "p/x *(short*)0x80010");
        assertEquals(List.of("28", "0x909", "27", "0x707"), Gdb.values(output), output);
        assertTrue(output.contains("by a device, the processor having executed 0x10025"), output);
    }

    /** gdb would look for a caller, and run to it. */
    @Test
    void codeWithoutSymbolsIsTheOutermostFrame() throws Exception {
        String output = gdb("retro seek 30", "backtrace", "stepi", "backtrace", "p $moment", "step");
        assertEquals(2, output.lines().filter(line -> line.startsWith("#0 ") && line.endsWith("?? ()")).count() - 1,
                output);
        assertFalse(output.contains("#1 "), output);
        assertEquals(List.of("31"), Gdb.values(output), output);
        assertTrue(output.contains("Cannot find bounds of current function"), output);
    }
}
