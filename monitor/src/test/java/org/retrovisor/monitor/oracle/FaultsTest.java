package org.retrovisor.monitor.oracle;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.isa.CodeSize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Faults of instructions, by themselves and behind others, against the host processor, on both engines (32-bit code on the interpreter):
 * vector, error code, CR2 and RIP, and the whole state that a handler finds.
 *
 * <p>System properties {@code oracle.seed} and {@code oracle.part} repeat a run; {@code oracle.faults} makes it longer.
 */
class FaultsTest {
    private static final int FAULTS = Integer.getInteger("oracle.faults", 2000);

    private static Silicon silicon;

    @BeforeAll
    static void prepare() {
        silicon = SiliconParts.silicon();
    }

    @ParameterizedTest
    @MethodSource("org.retrovisor.monitor.oracle.SiliconParts#all")
    void faultsAreWhatTheHostRaisesOnBothEngines(int part) {
        compare(part, CodeSize.BITS_64);
    }

    @ParameterizedTest
    @MethodSource("org.retrovisor.monitor.oracle.SiliconParts#all")
    void faultsOf32BitCodeAreWhatTheHostRaises(int part) {
        assumeTrue(silicon.runs32BitCode(), "this host runs no 32-bit code");
        compare(part, CodeSize.BITS_32);
    }

    private static void compare(int part, CodeSize codeSize) {
        Silicon.Outcome outcome = silicon.compare(new Silicon.OfFaults(part, FAULTS, codeSize), SiliconParts.SEED, 1);
        assertTrue(outcome.differences().isEmpty(), () -> String.join("\n", outcome.differences()));
        assertEquals(FAULTS, outcome.compared());
    }
}
