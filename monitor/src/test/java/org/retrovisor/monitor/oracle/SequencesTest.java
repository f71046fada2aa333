package org.retrovisor.monitor.oracle;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.translator.Translator;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random sequences of two to eight instructions against the host processor, on both engines.
 *
 * <p>System properties {@code oracle.seed} and {@code oracle.part} repeat a run, with as many {@code oracle.states};
 * {@code oracle.sequences} makes it longer.
 */
class SequencesTest {
    private static final int SEQUENCES = Integer.getInteger("oracle.sequences", 2000);
    private static final int STATES = Integer.getInteger("oracle.states", 8);

    private static Silicon silicon;

    @BeforeAll
    static void prepare() {
        silicon = SiliconParts.silicon();
    }

    @ParameterizedTest
    @MethodSource("org.retrovisor.monitor.oracle.SiliconParts#all")
    void sequencesDoWhatTheHostDoesOnBothEngines(int part) {
        long generatedBefore = silicon.generatedMoments();
        Silicon.Outcome outcome = silicon.compare(new Silicon.OfSequences(part, SEQUENCES), SiliconParts.SEED, STATES);
        assertTrue(outcome.differences().isEmpty(), () -> String.join("\n", outcome.differences()));
        assertTrue(outcome.compared() > outcome.faulted(), outcome::toString);
        if (Translator.available()) {
            assertTrue(silicon.generatedMoments() - generatedBefore > outcome.compared(), outcome::toString);
        }
    }
}
