package org.retrovisor.monitor;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Equal states have equal digests, and others have others; both kinds of digest. */
class MachineDigestTest {
    private static final long MEMORY = (5 << 20) + 3 * GuestMemory.PAGE;

    private static String digest(boolean overSums, Machine machine) {
        return HexFormat.of().formatHex(overSums ? MachineDigest.of(machine) : MachineDigest.ofFormatOne(machine));
    }

    /** Of a new machine, after a byte was written at some places. */
    private static String digestWith(boolean overSums, int value, long... places) {
        try (Machine machine = machine()) {
            for (long place : places) {
                machine.memory().write(place, new byte[]{(byte) value});
            }
            return digest(overSums, machine);
        }
    }

    private static Machine machine() {
        Machine machine = new Machine(MEMORY, 1, new SilentBoundary(), Interpreter::new);
        machine.memory().write(0x5000, new byte[]{1});
        machine.memory().write(0x20_0000, new byte[]{2});
        return machine;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anyChangedByteChangesIt(boolean overSums) {
        try (Machine machine = machine()) {
            Set<String> seen = new HashSet<>(Set.of(digest(overSums, machine)));
            for (long at = 0; at < MEMORY; at += 37 * GuestMemory.PAGE + 4001) {
                if (machine.memory().frameAt(at) >= 0) {
                    machine.memory().write(at, new byte[]{7});
                    assertTrue(seen.add(digest(overSums, machine)), () -> "byte " + seen.size());
                }
            }
            machine.memory().write(MEMORY - 1, new byte[]{7});
            assertTrue(seen.add(digest(overSums, machine)), "the last byte");
            machine.processor(0).gpr[Processor.RIP]++;
            assertTrue(seen.add(digest(overSums, machine)), "a register");
            machine.retire(1);
            assertTrue(seen.add(digest(overSums, machine)), "the moment");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pagesOfZerosThatWereWrittenAreAsIfTheyWereNot(boolean overSums) {
        assertEquals(digestWith(overSums, 0), digestWith(overSums, 0, 0x9000, 0x40_0000));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSameBytesElsewhereAreSomethingElse(boolean overSums) {
        assertNotEquals(digestWith(overSums, 9, 0x10_0000), digestWith(overSums, 9, 0x30_0000));
    }

    /** It is kept in traces: another would make those of today unverifiable. */
    @Test
    void itIsWhatItWas() {
        try (Machine machine = machine()) {
            assertEquals("45b609e1a357aa93697cf9aff0caade29a0d99e6dc7253ca16c95a81a561c63c", digest(true, machine));
            assertEquals("152a8b18df9e75a652f6d0ef094dee209f91d99847de0b8628ca17004b3b37ec", digest(false, machine));
        }
    }

    /** More than are read at once, each with other bytes, some of them all zeros. */
    @Test
    void pagesInARowAreAsTheyWere() {
        try (Machine machine = machine()) {
            for (int i = 0; i < 45; i++) {
                machine.memory().write(0x30_0000 + (long) i * GuestMemory.PAGE + 9 * i, new byte[]{(byte) (i % 20)});
            }
            assertEquals("88ce90e890938736f2889c8b1eee20c33faadd65eacf323710db4b712e01187a", digest(true, machine));
        }
    }
}
