package org.retrovisor.tools.bench;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is taken from the words of a gdb that measured. */
class GdbTravelTest {
    @Test
    void onlyWhatWasMeasuredCounts() {
        Map<String, TravelBench.Steps> steps = GdbTravel.read("""
                GNU gdb
                measured finish 0.5
                Run till exit from measured finish 7
                measured finish 0.1
                measured step 0.25
                measured finish 0.2
                """);
        assertEquals(List.of("finish", "step"), List.copyOf(steps.keySet()));
        assertEquals(new TravelBench.Steps(0.5, 0.2, 0.5, 0.5), steps.get("finish"));
        assertEquals(0.25, steps.get("step").first());
        assertTrue(GdbTravel.read("").isEmpty());
    }
}
