package org.retrovisor.tools.travel;

import java.nio.file.Path;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the commands behind "monitor" say, word by word. */
@Timeout(120)
class MonitorCommandsTest {
    private static final String MOVED = "a gdb without retrovisor-gdb.py does not notice that: type there  maintenance flush register-cache"
            + "  and  maintenance flush dcache\n";

    @TempDir
    private static Path folder;

    private static Trace trace;
    private static Timeline timeline;
    private ReplayTarget target;

    @BeforeAll
    static void record() {
        TinyGuest.record(folder.resolve("tiny.rv"));
        trace = Traces.open(folder.resolve("tiny.rv"));
        timeline = Timeline.open(trace, Interpreter::new, value -> {}, 1 << 26, 1000, 1);
        timeline.seekEnd(() -> false);
    }

    @AfterAll
    static void close() {
        if (timeline != null) {
            timeline.close();
            trace.close();
        }
    }

    @BeforeEach
    void stand() {
        timeline.seek(40, () -> false);
        target = new ReplayTarget(timeline);
    }

    private String monitor(String line) {
        StringBuilder output = new StringBuilder();
        target.monitorCommand(line, output::append, Interruption.NEVER);
        return output.toString();
    }

    @Test
    void helpListsEveryCommand() {
        String help = monitor("");
        for (String name : "help when seek bookmark bookmarks goto last-write xp x pagewalk watch-physical info events checkpoints"
                .split(" ", -1)) {
            assertTrue(help.contains("monitor " + name + " "), name);
        }
        assertEquals(help, monitor("help"));
    }

    @Test
    void helpOnACommandIsItsLine() {
        assertEquals("monitor goto NAME", usage("goto"));
        assertEquals(1, monitor("help goto").lines().count());
    }

    private String usage(String name) {
        return name.equals("dance") ? "" : monitor("help " + name).split(" {2,}", 2)[0].strip();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "dance | there is no command dance; try monitor help",
        "seek | a number was expected, not \"\"; usage",
        "seek x | a number was expected, not \"x\"; usage",
        "seek 101% | a percentage lies between 0% and 100%, not 101%",
        "seek event | a number was expected, not \"\"; usage",
        "bookmark | the name of the bookmark is missing; usage",
        "watch-physical x | a number was expected, not \"x\"; usage",
        "watch-physical 0 0 | a length lies between 1 and 1073741824 bytes",
        "watch-physical 0 1 jump | one watches for write, read or access, not for \"jump\"",
        "watch-physical 0 read 1 | \"1\" was not expected; usage",
        "watch-physical -d 1 | there is no physical watchpoint 1; monitor watch-physical lists them",
        "bookmark a b | \"b\" was not expected; usage",
        "bookmark -d | a value is missing behind -d; usage",
        "bookmark -d nowhere | no moment is called nowhere; monitor bookmarks lists them",
        "goto | the name of the bookmark is missing; usage",
        "goto nowhere | no moment is called nowhere; monitor bookmarks lists them",
        "events 0 | between 1 and 1000 events can be shown",
        "last-write | an address is missing; usage",
        "last-write again | nothing was asked before; type  monitor last-write ADDRESS",
        "last-write 0x80000 0 | a length lies between 1 and 1048576 bytes",
        "last-write 0x80000 8 8 | \"8\" was not expected; usage",
        "last-write 0x40002000 | not all of 0x40002000 to 0x40002007 is mapped here; go where it is, or try phys:ADDRESS",
        "last-write phys:x | a number was expected, not \"x\"; usage",
        "last-write jiffies | \"jiffies\" is no number and no name that the guest's kernel is known to have",
        "last-write &jiffies+8 | \"jiffies\" is no number and no name that the guest's kernel is known to have",
        "xp | a physical address is missing; usage",
        "xp 0x40000000 | there is no RAM at physical address 0x40000000; RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffff",
        "xp 0x1fffff 2 | there is no RAM at physical address 0x200000; RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffff",
        "last-write phys:0x1ffffc | 0x1ffffc to 0x200003 is not all RAM or devices; RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffff",
        "watch-physical 0x200000 1 | 0x200000 to 0x200000 is not all RAM or devices; RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffff",
        "watch-physical 0xffffffffffffffff | 0xffffffffffffffff to 0x6 is not all RAM or devices; RAM is 0x0 to 0x9ffff and 0xc0000 to 0x1fffff",
        "when now | \"now\" was not expected; usage",
        "info 1 2 | \"1 2\" was not expected; usage",
        "checkpoints all | \"all\" was not expected; usage",
        "bookmarks -d | \"-d\" was not expected; usage",
        "help seek end | \"end\" was not expected; usage",
        "help dance | there is no command dance; try monitor help",
        "x --cr3 | a value is missing behind --cr3; usage",
        "x 0x40002000 | no RAM is mapped at virtual address 0x40002000",
        "x 0x80000 65537 | a length lies between 1 and 65536 bytes",
        "pagewalk | an address is missing; usage",
    })
    void whatCannotBeDoneIsSaidInASentence(String line, String sentence) {
        TargetError error = assertThrows(TargetError.class, () -> monitor(line));
        String usage = "; usage: " + usage(line.split(" ", 2)[0]);
        assertEquals(sentence.replaceFirst("; usage$", Matcher.quoteReplacement(usage)), error.getMessage());
        assertEquals(40, timeline.moment());
    }

    @Test
    void anUnknownKindOfEventIsAnsweredWithTheKnownOnes() {
        String sentence = assertThrows(TargetError.class, () -> monitor("events sync")).getMessage();
        assertTrue(sentence.startsWith("there are no events of kind sync; there are port_read "), sentence);
    }

    // ---------------------------------------------------------------- places

    @Test
    void seekTakesMomentsDistancesPercentagesAndEvents() {
        assertTrue(monitor("seek 12").startsWith("moment 12 of 43 (27.91%), event 0 of "));
        monitor("seek +10");
        assertEquals(22, timeline.moment());
        monitor("seek -0x2");
        assertEquals(20, timeline.moment());
        monitor("seek 50%");
        assertEquals(21, timeline.moment());
        monitor("seek event 1");
        assertEquals(28, timeline.moment());
        monitor("seek begin");
        assertEquals(0, timeline.moment());
        assertTrue(monitor("seek end").contains("the recording ends here: "));
        assertTrue(monitor("seek 40").endsWith(MOVED));
    }

    @ParameterizedTest
    @CsvSource({"999999999999,43,ends", "0xffffffffffffff,43,ends", "+4,43,ends", "+0xffffffffffffffff,43,ends",
        "-41,0,begins", "-0xffffffffffffffff,0,begins", "0xffffffffffffffff,0,begins"})
    void beyondAnEndOfTheTraceIsThatEndAndSaidSo(String place, long moment, String verb) {
        String said = monitor("seek " + place);
        assertTrue(said.startsWith("the trace " + verb + " at moment " + moment + "\nmoment " + moment + " of 43"),
                said);
        assertEquals(moment, timeline.moment());
    }

    @Test
    void atAnEndOfTheTraceNothingIsBeyond() {
        for (String place : new String[]{"43", "+3", "0", "-40", "end", "begin", "100%", "event 0"}) {
            timeline.seek(40, () -> false);
            assertTrue(monitor("seek " + place).startsWith("moment "), place);
        }
    }

    @Test
    void anEventBeyondTheLastIsTheLast() {
        long last = timeline.events() - 1;
        String said = monitor("seek event " + (last + 1));
        assertTrue(said.startsWith("the trace's last event is event " + last + "\nmoment 43 of 43"), said);
        assertTrue(monitor("seek event " + last).startsWith("moment 43 of 43"));
    }

    @Test
    void aMomentWithANameIsFoundAgain() {
        assertEquals("no moment has a name yet; type  monitor bookmark NAME\n", monitor("bookmarks"));
        assertEquals("crash is moment 40\n", monitor("bookmark crash"));
        monitor("seek 7");
        assertEquals("cause is moment 7\n", monitor("bookmark cause"));
        assertEquals("7              cause\n40             crash\n", monitor("bookmarks"));
        assertTrue(monitor("goto crash").startsWith("moment 40 of 43"));
        assertEquals("cause is moment 40, and no longer 7\n", monitor("bookmark cause"));
        assertEquals("", monitor("bookmark -d cause"));
        assertEquals("40             crash\n", monitor("bookmarks"));
        target = new ReplayTarget(timeline);
        assertEquals("40             crash\n", monitor("bookmarks"), "they are kept with the trace");
        assertThrows(TargetError.class, () -> monitor("bookmark " + "x".repeat(101)));
    }

    // ---------------------------------------------------------------- events

    @Test
    void eventsLieBeforeAndAfterAndHaveKinds() {
        String interrupt = "       0  moment 25             INTERRUPT       0x41\n";
        String dma = "       1  moment 28             DMA             0x80010, 2 bytes\n";
        String here = "     -->  moment 25             you are here\n";
        timeline.seek(25, () -> false);
        assertEquals(interrupt + here + dma, monitor("events around 1"));
        assertEquals(interrupt + here, monitor("events before"));
        assertEquals(dma, monitor("events 1"));
        assertEquals("no event lies before this\n" + here + dma, monitor("events around DMA"));
        assertEquals("no event is left\n", monitor("events interrupt nmi"));
        assertTrue(monitor("events end").contains(" END "));
        timeline.seek(24, () -> false);
        assertEquals(interrupt + dma, monitor("events dma interrupt"));
    }

    // ---------------------------------------------------------------- memory

    @Test
    void memoryIsReadPhysicallyAndThroughAnyPageTables() {
        assertEquals("0x80000: 02 04                                            ..\n", monitor("xp 0x80000 2"));
        assertEquals("0x40000000: 03 00                                            ..\n", monitor("x 0x40000000 2"));
        assertEquals(
                "0x40000000: 02 04                                            ..\n",
                monitor("x --cr3 0x1000 0x40000000 2"));
        assertEquals(
                monitor("x --cr3 0x6000 0x40000ffe 4"),
                monitor("x 0x40000ffe 4"),
                "across the page that was mapped late");
        assertEquals(4, monitor("x 0x80000").lines().count());
    }

    @Test
    void aPageWalkTakesAnyRoot() {
        assertTrue(monitor("pagewalk 0x40000010").endsWith("physical address 0x81010\n"));
        String other = monitor("pagewalk 0x40000010 --cr3 0x1000");
        assertTrue(other.endsWith("physical address 0x80010\n"), other);
        assertTrue(other.startsWith("PML4E at 0x1000         0x0000000000002023  P W A\n"), other);
        assertTrue(monitor("pagewalk --cr3 0x1000 0x40001000").endsWith("not mapped\n"));
        assertTrue(monitor("pagewalk --cr3 0x1000 0x80008").endsWith("physical address 0x80008\n"), "a large page");
    }

    // ---------------------------------------------------------------- last-write

    @Test
    void theLastWritersAreToldOneAfterAnother() {
        assertEquals("""
                moment 32, 8 before here, processor 0
                by 0x10031
                0x0002 -> 0x0402
                to stand before it:  monitor seek 31
                """, monitor("last-write 0x80000 2"));
        assertEquals("""
                moment 3, 37 before here, processor 0
                by 0x1000d
                0x0001 -> 0x0002
                to stand before it:  monitor seek 2
                """, monitor("last-write 0x80000 2"));
        assertTrue(monitor("last-write again").startsWith("moment 1, "));
        String nobody = "nobody wrote there before moment 1: it is as the recording began\n";
        assertEquals(nobody, monitor("last-write again"));
        assertEquals(nobody, monitor("last-write again"));
        assertEquals(40, timeline.moment());
    }

    @Test
    void anotherPlaceOrAnotherMomentIsANewQuestion() {
        assertTrue(monitor("last-write phys:0x80000 2").startsWith("moment 32, "));
        assertTrue(monitor("last-write phys:0x80001 1").startsWith("moment 32, "));
        timeline.seek(31, () -> false);
        assertTrue(monitor("last-write phys:0x80001 1").startsWith("nobody"));
        assertTrue(monitor("last-write 0x40000000 1").startsWith("moment 31, 0 before here"));
    }

    @Test
    void devicesAndDeliveriesAreCalledByTheirNames() {
        String device = monitor("last-write phys:0x80010 2");
        assertTrue(device.contains("\nby a device, the processor having executed 0x10025\n0x0707 -> 0x0909\n"), device);
        String exception = monitor("last-write 0xcff0");
        assertTrue(exception.contains("\nby the delivery of an exception at 0x1004c\n"), exception);
        String interrupt = monitor("last-write again");
        assertTrue(interrupt.contains("\nby the delivery of an interrupt behind 0x10023\n"), interrupt);
    }

    @Test
    void longRangesShowTheirFirstBytes() {
        String bytes = monitor("last-write 0x80000 40");
        assertTrue(bytes.contains("\n02 00 00 00 00 00 00 00 07 "), bytes);
        assertTrue(bytes.contains(" ... -> 02 04 "), bytes);
    }
}
