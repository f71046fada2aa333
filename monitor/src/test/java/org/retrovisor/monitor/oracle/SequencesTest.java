package org.retrovisor.monitor.oracle;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.translator.Translator;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Random sequences of two to eight instructions against the host processor, on both engines; 32-bit code on the interpreter.
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
        Silicon.Outcome outcome = compare(part, CodeSize.BITS_64);
        if (Translator.available()) {
            assertTrue(silicon.generatedMoments() - generatedBefore > outcome.compared(), outcome::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("org.retrovisor.monitor.oracle.SiliconParts#all")
    void sequencesOf32BitCodeDoWhatTheHostDoes(int part) {
        assumeTrue(silicon.runs32BitCode(), "this host runs no 32-bit code");
        compare(part, CodeSize.BITS_32);
    }

    private static Silicon.Outcome compare(int part, CodeSize codeSize) {
        Silicon.OfSequences subject = new Silicon.OfSequences(part, SEQUENCES, codeSize);
        Silicon.Outcome outcome = silicon.compare(subject, SiliconParts.SEED, STATES);
        assertTrue(outcome.differences().isEmpty(), () -> String.join("\n", outcome.differences()));
        assertTrue(outcome.compared() > outcome.faulted(), outcome::toString);
        return outcome;
    }
}
