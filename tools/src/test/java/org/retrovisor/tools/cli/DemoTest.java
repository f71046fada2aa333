package org.retrovisor.tools.cli;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.retrovisor.tools.guests.Programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The tour gets from the crash to its cause, with gdb and without. */
@Timeout(240)
class DemoTest {
    @Test
    void theTourWithGdbShowsTheInterruptedFunction() {
        Programs.requireInstalled("gdb");
        Invocation demo = Invocation.inEnvironment(Map.of("PATH", System.getenv("PATH")), "demo").succeeded();
        assertTrue(demo.out().contains("(gdb) reverse-continue"), demo.out());
        assertTrue(demo.out().contains("take_node () at"), demo.out());
        assertTrue(demo.out().contains("Go on with:"), demo.out());
        assertEquals("", demo.err());
    }

    @Test
    void theTourWithoutGdbGetsToTheSamePlaces() {
        Invocation demo = Invocation.of("demo").succeeded();
        assertTrue(demo.out().contains("gdb is not installed, so without it"), demo.out());
        assertTrue(demo.out().contains("wrote a tick number into it"), demo.out());
    }
}
