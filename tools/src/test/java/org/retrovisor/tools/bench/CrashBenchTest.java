package org.retrovisor.tools.bench;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.retrovisor.tools.bench.CrashBench.Cost;
import org.retrovisor.tools.bench.CrashBench.Sample;

import static org.junit.jupiter.api.Assertions.assertEquals;

class CrashBenchTest {
    private static final double ROUNDING = 1e-9;

    private static Sample sample(double instructions, double seconds, double wallSeconds) {
        return new Sample(instructions, seconds, wallSeconds, 0);
    }

    /** The second round falls into a slow moment of the host, and the third recording executes twice as much. */
    @Test
    void theCostOfRecordingIsThatOfPairs() {
        List<Sample> runs = List.of(sample(1e9, 2, 3), sample(1e9, 20, 30), sample(1e9, 2, 3));
        List<Sample> records = List.of(sample(1e9, 2.2, 3.6), sample(1e9, 24, 33), sample(2e9, 4, 3));
        Cost cost = Cost.of(runs, records);
        assertEquals(0.1, cost.median(), ROUNDING);
        assertEquals(0.1, cost.wholeMedian(), ROUNDING);
        assertEquals(0, cost.lower(), ROUNDING);
        assertEquals(0.2, cost.upper(), ROUNDING);
    }

    @Test
    void aQuarterOfThePairsIsOnEachSide() {
        Sample run = sample(1e9, 1, 1);
        List<Sample> records = List.of(1.08, 1.01, 1.07, 1.02, 1.06, 1.03, 1.05, 1.04).stream()
                .map(seconds -> sample(1e9, seconds, 1))
                .toList();
        Cost cost = Cost.of(records.stream().map(unused -> run).toList(), records);
        assertEquals(0.03, cost.lower(), ROUNDING);
        assertEquals(0.06, cost.upper(), ROUNDING);
        assertEquals(0.045, cost.median(), ROUNDING);
    }
}
