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
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.tools.guests.EmbeddedGuest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.retrovisor.tools.travel.Gdb.assertInOrder;

/** A real gdb walks backward through the recorded crash of the racer. */
@Timeout(300)
class GdbOnRecordingTest {
    private static final String FLUSH = "maintenance flush register-cache";

    @TempDir
    private static Path folder;

    private static Path symbols;
    private static ServedTrace served;
    private static PacedEngine pace;

    @BeforeAll
    static void record() throws Exception {
        Gdb.require();
        symbols = folder.resolve(EmbeddedGuest.RACER.fileName());
        Files.write(symbols, EmbeddedGuest.RACER.bytes());
        Recording.of(EmbeddedGuest.RACER, Long.MAX_VALUE, folder.resolve("racer.rv"));
        Engine.Factory engines = machine -> pace = new PacedEngine(new Interpreter(machine));
        served = new ServedTrace(folder.resolve("racer.rv"), engines, symbols);
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
    void theTourLeadsFromTheCrashToTheRace() throws Exception {
        Path tour = folder.resolve("tour.gdb");
        try (var script = EmbeddedGuest.class.getResourceAsStream("/org/retrovisor/tools/guest/tour.gdb")) {
            Files.write(tour, script.readAllBytes());
        }
        String output = gdb("source " + tour);
        assertInOrder(output, "machine_reset ()", "panic ()", "<signal handler called>", "execute_order ()");
        assertInOrder(output, "3. Backward", "Old value = 0", "#0  give_node ()", "log_tick ()", "timer_interrupt ()");
        assertInOrder(output, "4. Further", "#0  open_order ()", "5. Further", "#0  log_tick ()", "take_node ()");
        assertInOrder(output, "6. What", "take_node ()", "That is the bug.");
    }

    @Test
    void connectingShowsTheEndAndWarnsOfNothing() throws Exception {
        String output = gdb("p $moment", "stepi", "info threads");
        assertInOrder(output, "machine_reset ()", "No more reverse-execution history.", "kernel, interrupts off)");
        assertFalse(output.contains("warning"), output);
        assertEquals(List.of(Long.toString(served.trace().manifest().getEnd().getMoment())), Gdb.values(output));
    }

    @Test
    void registersAreThoseOfTheProcessor() throws Exception {
        String output = gdb(
                "p/x $cr3", "p/x $idtr_base", "p/x $cs", "p/x $gs_base", "p/x $rsp", "p/x $eflags", "p/x $cr8",
                "info registers cr0", "info registers efer");
        Processor cpu = served.timeline().machine().current();
        List<String> values = Gdb.values(output);
        assertEquals(hex(cpu.cr3), values.get(0));
        assertEquals(hex(cpu.idtBase), values.get(1));
        assertEquals(hex(cpu.segments[1].selector), values.get(2));
        assertEquals(hex(cpu.segments[5].base), values.get(3));
        assertEquals(hex(cpu.gpr[Processor.RSP]), values.get(4));
        assertEquals(hex(cpu.rflags()), values.get(5));
        assertEquals("<unavailable>", values.get(6));
        assertInOrder(output, "[ PE ET NE WP PG ]", "[ LME LMA NXE ]");
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    @Test
    void breakpointsAndStepsFindTheSameMomentsForwardAndBackward() throws Exception {
        String output = gdb(
                "break give_node", "hbreak timer_interrupt",
                "reverse-continue", "p $moment", "reverse-continue", "p $moment", "continue", "p $moment",
                "stepi", "p $moment", "stepi 5", "reverse-stepi 6", "p $moment", "p $pc");
        List<String> values = Gdb.values(output);
        assertInOrder(output, "Breakpoint 1, give_node ()", "Breakpoint 1, give_node ()", "Breakpoint 1, give_node ()");
        assertEquals(values.get(0), values.get(2), output);
        assertEquals(Long.parseLong(values.get(2)) + 1, Long.parseLong(values.get(3)));
        assertEquals(values.get(2), values.get(4));
        assertTrue(Long.parseLong(values.get(1)) < Long.parseLong(values.get(0)), output);
    }

    @Test
    void conditionsDecideInBothDirections() throws Exception {
        String output = gdb(
                "break take_node if $moment < 30000000", "reverse-continue", "p $moment < 30000000", "p $moment",
                "continue", "p $moment", "delete", "break timer_interrupt if *(long*)&nodes_taken > 5000",
                "reverse-continue", "p *(long*)&nodes_taken > 5000");
        List<String> values = Gdb.values(output);
        assertEquals("1", values.get(0), output);
        assertEquals(Long.toString(served.timeline().end()), values.get(2), "no later one counts: " + output);
        assertEquals("1", values.get(3), output);
    }

    @Test
    void sourceLinesAreSteppedBothWays() throws Exception {
        String output = gdb(
                "break open_order", "reverse-continue", "delete", "next", "p $moment", "next", "reverse-next",
                "p $moment", "reverse-finish", "finish", "backtrace 1");
        List<String> values = Gdb.values(output);
        assertEquals(values.get(0), values.get(1), output);
        assertInOrder(output, "Breakpoint 1, open_order ()", "replace_oldest_order ()", "#0  bank_day ()");
    }

    @Test
    void everyKindOfWatchpointWorks() throws Exception {
        String output = gdb(
                "watch *(long*)&nodes_taken", "reverse-continue", "p *(long*)&nodes_taken", "continue",
                "p *(long*)&nodes_taken", "delete", "rwatch *(long*)&free_head", "reverse-continue", "p $pc", "delete",
                "awatch *(long*)&free_tail", "reverse-continue");
        List<String> values = Gdb.values(output);
        assertEquals(Long.parseLong(values.get(0)) + 1, Long.parseLong(values.get(1)), output);
        assertInOrder(output, "Hardware watchpoint 1", "Old value = 6", "Hardware read watchpoint 2", "take_node ()",
                "Hardware access", "give_node ()");
    }

    @Test
    void thePastCannotBeWritten() throws Exception {
        String output = gdb("p $rax = 5", "set var *(long*)&free_head = 1", "p *(long*)&free_head != 1",
                "x 0x7fff00000000");
        assertInOrder(output, "the recorded past can only be read", "Cannot access memory at address");
        assertEquals("1", Gdb.values(output).getLast(), output);
    }

    @Test
    void controlCEndsASearchAndLeavesTheGuestWhereItWas() throws Exception {
        pace.slowDown();
        Gdb gdb = Gdb.start(
                served.address(), symbols, "break execute_order if $moment == 1", "printf \"searching\\n\"",
                "reverse-continue", "p $moment", "reverse-stepi", "p $moment", "detach");
        gdb.await("searching");
        pace.awaitWork();
        gdb.interrupt();
        String output = gdb.finish();
        pace.speedUp();
        assertInOrder(output, "received signal SIGINT", "detached");
        String end = Long.toString(served.timeline().end());
        String before = Long.toString(served.timeline().end() - 1);
        assertEquals(List.of(end, before), Gdb.values(output), output);
    }

    /**
     * gdb answers a Ctrl-C by what it is at: a step under way ends with SIGINT, and its own work between two steps with
     * "Quit". Either way the command is over, and the guest stands where gdb believes it to stand.
     */
    @Test
    void controlCEndsACommandThatIsManySteps() throws Exception {
        for (String command : new String[]{"stepi 200000", "reverse-stepi 100000"}) {
            Gdb gdb = Gdb.start(
                    served.address(), symbols, "monitor seek 50%", FLUSH, "printf \"stepping\\n\"", command,
                    "p $moment", "stepi", "p $moment", "reverse-stepi", "p $moment", "detach");
            gdb.await("stepping");
            Thread.sleep(200);
            gdb.interrupt();
            String output = gdb.finish();
            assertTrue(output.contains("received signal SIGINT") || output.contains("\nQuit\n"), output);
            assertInOrder(output, "detached");
            List<Long> moments = Gdb.values(output).stream().map(Long::parseLong).toList();
            assertTrue(Math.abs(moments.get(0) - served.timeline().end() / 2) < 100_000, output);
            assertEquals(List.of(moments.get(0) + 1, moments.get(0)), moments.subList(1, 3), output);
        }
    }

    @Test
    void afterDetachingTheNextGdbFindsTheGuestWhereItStood() throws Exception {
        String first = gdb("reverse-stepi 100", "p $moment", "detach");
        assertEquals(Gdb.values(first), Gdb.values(gdb("p $moment")));
    }

    @Test
    void monitorCommandsAnswer() throws Exception {
        String output = gdb(
                "monitor help", "monitor when", "monitor info", "monitor seek 50%", FLUSH, "p $moment", "monitor when",
                "monitor events 3", "monitor pagewalk 0x200000", "monitor pagewalk 0x7fff00000000",
                "monitor checkpoints",
                "monitor seek +1000", "monitor seek -1000", FLUSH, "p $moment", "monitor seek end", "monitor dance",
                "monitor seek x", "monitor seek 200%");
        assertInOrder(output, "monitor seek MOMENT", "(100.00%)",
                "the recording ends here: the guest reset the machine");
        assertInOrder(output, "processors     1", "(50.00%)", "INTERRUPT", "PML4E at 0x", "physical address 0x200000");
        assertInOrder(output, "not mapped", "checkpoints, regular", "there is no command dance; try monitor help");
        assertInOrder(output, "a number was expected, not \"x\"", "a percentage lies between 0% and 100%");
        List<String> values = Gdb.values(output);
        assertEquals(Long.toString(served.timeline().end() / 2), values.get(0));
        assertEquals(values.get(0), values.get(1));
    }

    @Test
    void theBeginningIsThirtyTwoBitCodeAndNothingLiesBefore() throws Exception {
        String output = gdb("monitor seek begin", FLUSH, "info symbol $pc", "reverse-stepi", "info threads", "stepi",
                "p $moment");
        assertInOrder(output, "boot in section", "No more reverse-execution history.", "32-bit, kernel");
        assertEquals(List.of("1"), Gdb.values(output));
    }

    @Test
    void memoryIsReadPhysicallyToo() throws Exception {
        String output = gdb("x/4xb boot", "maint packet Qqemu.PhyMemMode:1", "x/4xb 0x200020",
                "maint packet Qqemu.PhyMemMode:0");
        String[] lines = output.lines().filter(line -> line.startsWith("0x200020")).toArray(String[]::new);
        assertEquals(2, lines.length, output);
        assertEquals(lines[0], lines[1]);
    }
}
