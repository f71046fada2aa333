package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every row that user programs may execute, against the host processor, in 64-bit and in 32-bit code.
 *
 * <p>System property {@code oracle.seed} repeats a run; {@code oracle.states} makes it longer (states per encoding).
 */
class SiliconTest {
    private static final long SEED = Long.getLong("oracle.seed", 20251122);
    private static final int STATES = Integer.getInteger("oracle.states", 8);

    @TestFactory
    List<DynamicTest> everyRowDoesWhatTheHostDoes() {
        String obstacle = Silicon.obstacle().orElse(null);
        if (obstacle != null) {
            return List.of(DynamicTest.dynamicTest(obstacle, () -> Assumptions.abort(obstacle)));
        }
        Silicon silicon = new Silicon();
        List<DynamicTest> tests = new ArrayList<>();
        for (Silicon.OfRow subject : silicon.rows()) {
            tests.add(DynamicTest.dynamicTest(subject + " does what the host does", () -> check(silicon, subject)));
        }
        return tests;
    }

    private static void check(Silicon silicon, Silicon.Subject subject) {
        Silicon.Outcome outcome = silicon.compare(subject, SEED, STATES);
        assertTrue(outcome.differences().isEmpty(), () -> String.join("\n", outcome.differences()));
        assertTrue(outcome.compared() > 0, () -> "no case ran; %d faulted; a row that cannot be compared belongs into"
                .formatted(outcome.faulted()) + " exceptions.tbl, with the reason");
    }

    @Test
    void noExceptionIsListedInVain() {
        assertEquals(Map.of(), Coverage.superfluous());
    }
}
