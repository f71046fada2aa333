package org.retrovisor.gdbstub.gdb;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.gdbstub.GdbScript;
import org.retrovisor.gdbstub.GdbServer;
import org.retrovisor.gdbstub.toy.ToyMachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A real gdb walks through the toy machine's past. */
@Timeout(120)
class RealGdbTest {
    /** Presses Ctrl-C at random in a loop of monitor commands, and then looks whether gdb and the stub understand each other. */
    private static final String PRESSING = """
            import gdb, os, random, signal, threading

            choice = random.Random(1)
            right = 0
            for i in range(200):
                timer = threading.Timer(choice.random() * 0.02, os.kill, (os.getpid(), signal.SIGINT))
                try:
                    timer.start()
                    while True:
                        gdb.execute("monitor " + choice.choice(("nap", "longer")), to_string=True)
                except KeyboardInterrupt:
                    timer.join()
                gdb.execute("maintenance flush register-cache", to_string=True)
                try:
                    said = gdb.execute("monitor when", to_string=True)
                    right += said == "moment 0\\n" and int(gdb.parse_and_eval("$moment")) == 0
                except gdb.error as failure:
                    print(failure)
            print("%d of 200 were right" % right)
            """;

    private final ToyMachine machine = new ToyMachine();
    private GdbServer server;

    @BeforeAll
    static void needGdb() {
        RealGdb.require();
    }

    @BeforeEach
    void serve() throws Exception {
        server = GdbServer.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), machine);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String gdb(String... commands) throws Exception {
        return RealGdb.run(server.address(), commands);
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    /** The values that print commands showed, in order. */
    private static List<String> values(String output) {
        List<String> values = new ArrayList<>();
        Matcher matcher = Pattern.compile("^\\$\\d+ = (.*)$", Pattern.MULTILINE).matcher(output);
        while (matcher.find()) {
            values.add(matcher.group(1));
        }
        return values;
    }

    private static void assertContains(String output, String wanted) {
        assertTrue(output.contains(wanted), () -> "no \"" + wanted + "\" in:\n" + output);
    }

    @Test
    void connectingShowsWhereTheMachineStandsAndWarnsOfNothing() throws Exception {
        String output = gdb("printf \"done\\n\"");
        assertContains(output, hex(ToyMachine.CODE) + " in ?? ()");
        assertFalse(output.toLowerCase().replace("warning: no executable", "").contains("warning"), output);
        assertContains(output, "done");
    }

    @Test
    void registersAreShownWithTheirBits() throws Exception {
        String output = gdb("info registers", "p $xmm0.uint128", "p $st0", "p $moment", "p/x $mxcsr");
        assertContains(output, "eflags         0x202               [ IF ]");
        assertContains(output, "cr4            0x3e                [ PVI TSD DE PSE PAE ]");
        assertContains(output, "dr6            <unavailable>");
        assertContains(output, "idtr_base");
        assertEquals("40", values(output).get(0));
        assertEquals("0", values(output).get(2));
        assertEquals("0x38", values(output).get(3));
    }

    @Test
    void memoryIsDisassembledPrintedAndSearched() throws Exception {
        String output = gdb(
                "x/3i $pc",
                "p *(long*)" + hex(ToyMachine.LIMIT),
                "find /b " + hex(ToyMachine.CODE) + ", +0x100, 0x75, 0xe8",
                "find /b " + hex(ToyMachine.CODE - 0x4000) + ", +0x5000, 0x75, 0xe8",
                "x/x 0x10");
        assertContains(output, "mov    $0xa,%rcx");
        assertEquals(2, output.split(hex(ToyMachine.CODE + 0x24) + "\n1 pattern found.", -1).length - 1, output);
        assertContains(output, "Cannot access memory at address 0x10");
        assertEquals(List.of("7"), values(output));
    }

    @Test
    void processorsAreThreads() throws Exception {
        String output = gdb("info threads", "thread 2", "p $pc", "stepi", "p $rbx", "p $moment");
        assertContains(output, "Thread 1.2 \"processor 1\" (moment 0 <kernel>)");
        assertEquals("(void (*)()) " + hex(ToyMachine.OTHER), values(output).get(0));
        assertEquals("8", values(output).get(2), "a step of processor 1 lets processor 0 run as it did");
    }

    @Test
    void breakpointsStopForwardAndBackward() throws Exception {
        String output = gdb(
                "break *" + hex(ToyMachine.STORE),
                "hbreak *" + hex(ToyMachine.DONE),
                "continue", "p $moment", "continue", "p $rcx", "delete 1", "continue", "p $rcx", "continue",
                "reverse-continue", "p $pc", "reverse-continue", "p $moment");
        assertContains(output, "hit Breakpoint 1,");
        assertContains(output, "hit Breakpoint 2,");
        assertContains(output, "No more reverse-execution history.");
        assertEquals(
                List.of("3", "9", "0", "(void (*)()) " + hex(ToyMachine.DONE), "0"), values(output));
    }

    @Test
    void stepsBackwardUndoStepsForward() throws Exception {
        machine.atEnd();
        String output = gdb("p $moment", "reverse-stepi", "p $pc", "reverse-stepi 2", "p $moment", "stepi 3",
                "p $moment",
                "stepi");
        List<String> values = values(output);
        assertEquals(Integer.toString(machine.lastMoment()), values.get(0));
        assertEquals("(void (*)()) " + hex(ToyMachine.DONE), values.get(1));
        assertEquals(values.get(0), values.get(3), output);
        assertContains(output, "No more reverse-execution history.");
    }

    @Test
    void conditionsAreEvaluatedInTheStubInBothDirections() throws Exception {
        String output = gdb(
                "set breakpoint condition-evaluation target",
                "break *" + hex(ToyMachine.LOAD) + " if $rcx < 5 && *(long*)" + hex(ToyMachine.TOTAL) + " > 46",
                "set debug remote 1", "continue", "set debug remote 0", "p $rcx",
                "delete", "break *" + hex(ToyMachine.LOAD) + " if $rcx == 8", "reverse-continue", "p $rcx");
        assertEquals(List.of("4", "8"), values(output));
        String running = output.substring(output.indexOf("$vCont;c"));
        assertEquals(1, running.split("Packet received: T05", -1).length - 1, "gdb saw only the stop that counts");
    }

    @Test
    void watchpointsShowOldAndNewValueForwardAndBackward() throws Exception {
        String output = gdb(
                "watch *(long*)" + hex(ToyMachine.TOTAL), "continue", "p $moment", "continue", "reverse-continue",
                "p $moment", "p $pc", "reverse-continue");
        assertContains(output, "Old value = 0\nNew value = 10");
        assertContains(output, "Old value = 10\nNew value = 19");
        assertContains(output, "Old value = 19\nNew value = 10");
        assertContains(output, "Old value = 10\nNew value = 0");
        assertEquals("4", values(output).get(0));
        assertEquals("(void (*)()) " + hex(ToyMachine.STORE), values(output).get(2));
    }

    @Test
    void readAndAccessWatchpointsStopAtReads() throws Exception {
        String output = gdb(
                "rwatch *(long*)" + hex(ToyMachine.LIMIT), "continue", "p $moment", "delete",
                "awatch *(long*)" + hex(ToyMachine.LIMIT), "continue", "p $pc", "reverse-continue", "reverse-continue",
                "p $moment");
        assertContains(output, "hit Hardware read watchpoint 1");
        assertContains(output, "hit Hardware access (read/write) watchpoint 2");
        assertContains(output, "Value = 7");
        assertEquals("5", values(output).get(0));
        assertEquals("(void (*)()) " + hex(ToyMachine.LOAD + 8), values(output).get(1));
    }

    @Test
    void writingThePastIsRefused() throws Exception {
        String output = gdb("p $rax = 5", "set var *(long*)" + hex(ToyMachine.TOTAL) + " = 1", "p $rax",
                "p *(long*)" + hex(ToyMachine.TOTAL));
        assertContains(output, "the past is recorded and can only be read");
        assertContains(output, "Cannot access memory at address " + hex(ToyMachine.TOTAL));
        assertTrue(values(output).containsAll(List.of("0")), output);
    }

    @Test
    void monitorCommandsAnswerOnTheConsole() throws Exception {
        String output = gdb("monitor when", "monitor dance", "printf \"done\\n\"");
        assertContains(output, "moment 0\n");
        assertContains(output, "unknown command dance; try help\n");
    }

    @Test
    void sectionsAreComparedByChecksum() throws Exception {
        String output = gdb("maint packet qCRC:" + Long.toHexString(ToyMachine.CODE) + ",10");
        assertTrue(Pattern.compile("received: \"C[0-9a-f]+\"").matcher(output).find(), output);
    }

    @Test
    void controlCEndsASearchThatWouldNotEnd() throws Exception {
        machine.atEnd().makeEndless();
        RealGdb gdb = RealGdb.start(server.address(), "reverse-continue", "p $moment", "stepi", "detach");
        machine.awaitSearch();
        gdb.interrupt();
        String output = gdb.finish();
        assertContains(output, "received signal SIGINT");
        assertEquals(List.of(Integer.toString(machine.lastMoment())), values(output), output);
        assertContains(output, "detached");
    }

    @Test
    void packetsAreNotAcknowledged() throws Exception {
        String output = gdb("set debug remote 1", "stepi", "set debug remote 0", "p $moment");
        assertContains(output, "Sending packet: $vCont;s");
        assertFalse(output.contains("Received Ack"), output);
        assertEquals(List.of("1"), values(output), output);
    }

    /** Ctrl-C at any time, also between gdb's sending of a packet and its waiting for the answer. */
    @Test
    void controlCAtRandomInMonitorCommandsNeverLeavesAnAnswerToTheNextPacket(@TempDir Path folder) throws Exception {
        Path script = Files.writeString(folder.resolve("press.py"), PRESSING);
        for (String acknowledgements : new String[]{"set remote noack-packet auto", "set remote noack-packet off"}) {
            assertContains(gdb(acknowledgements, "source " + script), "200 of 200 were right");
        }
    }

    @Test
    void anAnswerThatTakesLongerThanGdbWaitsIsStillTakenForWhatItIs() throws Exception {
        machine.makeMemorySlow();
        for (String acknowledgements : new String[]{"set remote noack-packet auto", "set remote noack-packet off"}) {
            String output = gdb(acknowledgements, "set remotetimeout 1",
                    "p *(long*)" + hex(ToyMachine.LIMIT), "monitor when", "p $moment");
            assertFalse(output.contains("Ignoring packet error"), output);
            assertEquals(List.of("7", "0"), values(output), output);
        }
    }

    /** Three times a second is as long as this gdb waits for a packet. */
    @Test
    void aMonitorCommandMayTakeLongerThanGdbWaitsForAnAnswer() throws Exception {
        String output = gdb("set remotetimeout 1", "monitor sleep", "monitor when", "stepi", "p $moment");
        assertFalse(output.contains("Ignoring packet error"), output);
        assertContains(output, "moment 0\n");
        assertEquals(List.of("1"), values(output), output);
    }

    /** gdb sends no interruption then: it leaves the command alone and goes on to its next packet. */
    @Test
    void controlCEndsAMonitorCommandThatWouldNotEnd() throws Exception {
        RealGdb gdb = RealGdb.start(
                server.address(), "monitor search", "p $moment", "stepi", "p $moment", "monitor when", "detach");
        machine.awaitSearch();
        gdb.interrupt();
        String output = gdb.finish();
        assertEquals(List.of("0", "1"), values(output), output);
        assertContains(output, "moment 1\n");
        assertContains(output, "detached");
    }

    /** Our script sends a packet then, so that it ends at once. */
    @Test
    void controlCInACommandOfOurScriptSaysWhereTheMachineStands(@TempDir Path folder) throws Exception {
        RealGdb gdb = RealGdb.start(
                server.address(), "source " + GdbScript.write(folder), "python monitor('search')", "p $moment",
                "detach");
        machine.awaitSearch();
        gdb.interrupt();
        machine.awaitInterruption();
        String output = gdb.finish();
        assertContains(output, "interrupted; you stand at moment 0\n");
        assertEquals(List.of("0"), values(output), output);
    }

    @Test
    void aMonitorCommandThatMovesAfterCtrlCLeavesGdbRight(@TempDir Path folder) throws Exception {
        RealGdb gdb = RealGdb.type(server.address(), "source " + GdbScript.write(folder), "p $pc", "monitor wander",
                "p $moment", "p $pc", "stepi", "p $moment");
        machine.awaitSearch();
        gdb.interrupt();
        String output = gdb.finish();
        assertEquals(List.of("3", "(void (*)()) " + hex(ToyMachine.STORE), "4"),
                values(output).subList(1, 4), output);
    }

    @Test
    void afterDetachingTheNextGdbFindsTheMachineWhereItStood() throws Exception {
        assertContains(gdb("break *" + hex(ToyMachine.STORE), "continue", "detach"), "detached");
        String output = gdb("p $moment", "continue");
        assertEquals(List.of("3"), values(output));
        assertContains(output, "No more reverse-execution history.");
    }

    @Test
    void aSecondGdbIsSentAwayWithASentence() throws Exception {
        machine.makeEndless();
        RealGdb first = RealGdb.start(server.address(), "continue", "p $moment");
        machine.awaitSearch();
        String second = gdb("printf \"second done\\n\"");
        assertContains(second, "another debugger is connected to this target");
        first.interrupt();
        assertEquals(List.of("0"), values(first.finish()));
    }

    @Test
    void aGdbThatIsKilledInTheMiddleOfASearchLeavesTheStubFree() throws Exception {
        machine.makeEndless();
        RealGdb first = RealGdb.start(server.address(), "continue");
        machine.awaitSearch();
        first.kill();
        machine.awaitInterruption();
        assertEquals(List.of("0"), values(gdb("p $moment")));
    }
}
