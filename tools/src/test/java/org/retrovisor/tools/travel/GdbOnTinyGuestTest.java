package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.gdbstub.GdbScript;
import org.retrovisor.monitor.interpreter.Interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A real gdb without symbols: stops at addresses that change their meaning, and exact watchpoints. */
@Timeout(300)
class GdbOnTinyGuestTest {
    @TempDir
    private static Path folder;

    private static ServedTrace served;

    @BeforeAll
    static void record() throws Exception {
        Gdb.require();
        TinyGuest.record(folder.resolve("tiny.rv"));
        served = new ServedTrace(folder.resolve("tiny.rv"), Interpreter::new, null, GdbScript.write(folder));
    }

    @AfterAll
    static void close() {
        ServedTrace.close(served);
    }

    @BeforeEach
    void serveFromTheBeginning() throws Exception {
        served.serveFromTheBeginning();
    }

    @AfterEach
    void stop() {
        served.stop();
    }

    private static String gdb(String... commands) throws Exception {
        return served.gdb(commands);
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

    @Test
    void aPhysicalWatchStopsAtWritesThroughEveryMapping() throws Exception {
        String output = gdb("retro watch-physical /1 0x80000", "continue", "p $moment", "continue", "p $moment",
                "continue", "reverse-continue", "p $moment", "reverse-continue", "p $moment", "retro watch-physical",
                "retro watch-physical -d 1", "retro watch-physical", "continue");
        assertEquals(List.of("1", "3", "2", "0"), Gdb.values(output), output);
        Gdb.assertInOrder(output, "physical watchpoint 1: write of 1 bytes at 0x80000", "EXC_BREAKPOINT",
                "No more reverse-execution history.", "EXC_BREAKPOINT", "physical watchpoint 1: write",
                "no physical memory is watched", "No more reverse-execution history.");
    }

    @Test
    void aPhysicalWatchSeesDevicesAndEndsAStep() throws Exception {
        String output = gdb("retro seek 24", "retro watch-physical /2 0x80010", "stepi 10", "p $moment",
                "reverse-continue", "p $moment", "retro watch-physical 0x80010 2 x", "retro watch-physical -d 7");
        assertEquals(List.of("28", "27"), Gdb.values(output), output);
        Gdb.assertInOrder(output, "there is no physical watchpoint 7");
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
