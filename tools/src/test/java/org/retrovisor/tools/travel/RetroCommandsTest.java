package org.retrovisor.tools.travel;

import java.nio.file.Files;
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
import org.retrovisor.tools.guests.EmbeddedGuest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.retrovisor.tools.travel.Gdb.assertInOrder;

/** A real gdb with our commands of its own, on a part of the racer. */
@Timeout(300)
class RetroCommandsTest {
    private static final int LENGTH = 3_000_000;

    @TempDir
    private static Path folder;

    private static Path symbols;
    private static ServedTrace served;

    @BeforeAll
    static void record() throws Exception {
        Gdb.require();
        symbols = Files.write(folder.resolve("racer.elf"), EmbeddedGuest.RACER.bytes());
        Recording.of(EmbeddedGuest.RACER, LENGTH, folder.resolve("racer.rv"));
        served = new ServedTrace(folder.resolve("racer.rv"), Interpreter::new, symbols, GdbScript.write(folder));
    }

    @AfterAll
    static void close() {
        ServedTrace.close(served);
    }

    @BeforeEach
    void serveStandingAtTheEnd() throws Exception {
        served.serveFromTheEnd();
    }

    @AfterEach
    void stop() {
        served.stop();
    }

    private static String gdb(String... commands) throws Exception {
        return served.gdb(commands);
    }

    @Test
    void helpAndCompletionKnowTheCommands() throws Exception {
        String output = gdb("help retro", "help retro last-write", "complete retro see", "complete retro seek b",
                "complete retro events proc", "retro bookmark cause", "complete retro goto c",
                "complete retro last-write &free_h");
        for (String name : "bookmark bookmarks checkpoints events goto info last-write pagewalk seek watch-physical when x xp"
                .split(" ", -1)) {
            assertInOrder(output, "retro " + name + " -- ");
        }
        assertInOrder(output, "Usage: retro last-write", "retro seek\n", "retro seek begin\n",
                "retro events processor_switch\n", "retro goto cause\n", "retro last-write &free_head\n");
        assertFalse(output.contains("Traceback"), output);
    }

    @Test
    void afterAMoveGdbShowsTheNewPlaceAtOnce() throws Exception {
        String output = gdb("retro seek 2500000", "p $moment", "retro seek -1000", "p $moment",
                "retro seek $moment + 10", "p $moment", "retro seek 50%", "p $moment", "retro bookmark half",
                "retro seek begin", "p $moment", "retro goto half", "p $moment", "info symbol $pc", "retro bookmarks");
        assertEquals(List.of("2500000", "2499000", "2499010", "1500000", "0", "1500000"), Gdb.values(output), output);
        assertInOrder(output, "moment 2500000 of 3000000", "#0  ", "moment 2499000", "#0  ", "half is moment 1500000",
                "#0  boot ()", "moment 1500000", "#0  ", " in section ", "1500000        half");
        assertFalse(output.contains("does not notice"), output);
    }

    /** Memory that gdb has read before, and what a watchpoint compares with, are of another moment. */
    @Test
    void afterAMoveMemoryAndWatchpointsAreReadAgain() throws Exception {
        String output = gdb("watch *(long*)&nodes_taken", "p *(long*)&nodes_taken", "retro seek begin",
                "p *(long*)&nodes_taken", "continue", "continue", "p *(long*)&nodes_taken");
        assertInOrder(output, "Old value = 0", "New value = 1", "Old value = 1", "New value = 2");
        List<String> values = Gdb.values(output);
        assertTrue(Long.parseLong(values.get(0)) > 2, output);
        assertEquals(List.of("0", "2"), values.subList(1, 3), output);
    }

    /** gdb knows nothing of what a monitor command does; our script does. */
    @Test
    void afterAPlainMonitorSeekGdbIsRightToo() throws Exception {
        String output = gdb("watch *(long*)&nodes_taken", "p *(long*)&nodes_taken", "monitor seek begin", "p $moment",
                "info symbol $pc", "p *(long*)&nodes_taken", "continue", "monitor seek nowhere", "p $moment > 0");
        assertInOrder(output, "moment 0 of 3000000", "boot in section", "Old value = 0", "New value = 1",
                "a number was expected");
        List<String> values = Gdb.values(output);
        assertTrue(Long.parseLong(values.get(0)) > 2, output);
        assertEquals(List.of("0", "0", "1"), values.subList(1, 4), output);
    }

    @Test
    void aMonitorCommandThatMovesNothingLeavesTheSelectedFrameAlone() throws Exception {
        String output = gdb("break take_node", "reverse-continue", "up", "monitor when",
                "retro when", "info frame", "monitor seek -1", "info frame");
        assertInOrder(output, "Stack level 1", "Stack level 0");
    }

    @Test
    void whatWouldWriteIsRefusedBeforeItIsTried() throws Exception {
        String output = gdb("call (int)take_node()", "print (int)take_node()", "set var *(long*)&nodes_taken = 0",
                "p $rax = 1", "call 1 + 1");
        assertInOrder(output, "Cannot call functions in the program: may-call-functions is off.",
                "Cannot call functions in the program: may-call-functions is off.", "Writing to memory is not allowed",
                "the recorded past can only be read");
        assertEquals(List.of("2"), Gdb.values(output), output);
    }

    @Test
    void theLastWriteNamesPlacesAsGdbDoes() throws Exception {
        String output = gdb("retro last-write (long*)&nodes_taken", "p *(long*)&nodes_taken", "retro last-write again",
                "retro last-write", "retro last-write /1 &nodes_taken", "p $moment", "retro last-write phys:0x10");
        String count = "%016x";
        long taken = Long.parseLong(Gdb.values(output).get(0));
        for (long value = taken; value > taken - 3; value--) {
            assertInOrder(output, "<take_node+", " at racer/pool.s:",
                    "0x" + count.formatted(value - 1) + " -> 0x" + count.formatted(value),
                    "to stand before it:  retro seek ");
        }
        assertInOrder(output, "0x%02x -> 0x%02x".formatted(taken - 1 & 0xFF, taken & 0xFF));
        assertEquals(Integer.toString(LENGTH), Gdb.values(output).get(1), "it stays where it is: " + output);
        assertInOrder(output, "nobody wrote there before moment 3000001");
    }

    @Test
    void whatIsNotUnderstoodIsSaidInASentenceWithoutPythonsWords() throws Exception {
        String output = gdb("retro seek", "retro x", "retro pagewalk nosuch", "retro x \"text\"", "retro seek event x",
                "retro seek 5 6", "retro x $rsp 8 9", "retro watch-physical 1 jump", "retro when now");
        assertInOrder(output, "an expression is missing", "Usage: retro seek MOMENT",
                "an expression is missing", "Usage: retro x [--cr3 VALUE] [/LENGTH] ADDRESS",
                "gdb does not understand \"nosuch\": No symbol \"nosuch\"", "Usage: retro pagewalk",
                "\"text\" is not a number", "Usage: retro x", "gdb does not understand \"x\": No symbol \"x\"",
                "Usage: retro seek", "gdb does not understand \"5 6\": A syntax error", "Usage: retro seek",
                "gdb does not understand \"$rsp 8 9\": A syntax error", "Usage: retro x",
                "gdb does not understand \"1 jump\": A syntax error", "Usage: retro watch-physical", " -d NUMBER ",
                "\"now\" was not expected; usage: retro when");
        assertFalse(output.contains("Python"), output);
    }

    /** In the racer's file with symbols, variables have no type. */
    @Test
    void bytesBehindAVariableWithoutATypeHaveAddresses() throws Exception {
        String output = gdb("retro last-write &nodes_taken", "retro last-write &nodes_taken + 0",
                "retro x /8 &nodes_taken+8",
                "retro x /8 (char*)&nodes_taken+8", "retro seek event 0x0", "retro seek $moment - 99999999",
                "p $moment");
        List<String> writes = output.lines().filter(line -> line.startsWith("moment") && line.contains("before here"))
                .toList();
        List<String> dumps = output.lines().filter(line -> line.matches("0x[0-9a-f]+: [0-9a-f ]+ .*")).toList();
        assertEquals(List.of(2, 2), List.of(writes.size(), dumps.size()), output);
        assertEquals(1, dumps.stream().distinct().count(), output);
        assertInOrder(output, "event 0 of", "the trace begins at moment 0");
        assertEquals(List.of("0"), Gdb.values(output), output);
    }

    @Test
    void theOtherCommandsTakeExpressions() throws Exception {
        String output = gdb("retro when", "retro info", "retro checkpoints", "retro events before 2 interrupt",
                "retro pagewalk $pc", "retro pagewalk --cr3 $cr3 &free_head", "retro x /8 &free_head",
                "retro x --cr3 $cr3 /8 &free_head", "retro xp /8 &free_head", "retro x nonsense");
        assertInOrder(output, "moment 3000000 of 3000000 (100.00%)", "processors     1", "checkpoints, regular",
                "INTERRUPT", "you are here", "PML4E at 0x", "physical address 0x", "PML4E at 0x",
                "physical address 0x", "No symbol \"nonsense\" in current context");
        List<String> dumps = output.lines().filter(line -> line.matches("0x[0-9a-f]+: [0-9a-f ]+ .*")).toList();
        assertEquals(3, dumps.size(), output);
        assertEquals(1, dumps.stream().distinct().count(), output);
    }
}
