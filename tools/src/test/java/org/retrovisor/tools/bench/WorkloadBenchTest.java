package org.retrovisor.tools.bench;

import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

class WorkloadBenchTest {
    @Test
    void aSingleLapIsWhatItPrinted() {
        Map<String, WorkloadBench.Printed> printed = WorkloadBench.printed("guest-up 1.0\r\nbench crc 0.25 77\r\n");
        assertEquals(Map.of("crc", new WorkloadBench.Printed(0.25, "77")), printed);
    }

    @Test
    void ofSeveralLapsTheFirstDoesNotCountButItsCheckValueDoes() {
        String laps = "bench crc 9.0 77\nbench fib 8 5\nbench crc 0.1 77\nbench fib 1 5\nbench crc 0.3 77\nbench crc 0.2 77\n";
        assertEquals(new WorkloadBench.Printed(0.2, "77"), WorkloadBench.printed(laps).get("crc"));
        assertEquals(new WorkloadBench.Printed(1, "5"), WorkloadBench.printed(laps).get("fib"));
        String wrong = laps.replace("9.0 77", "9.0 78");
        assertNotEquals("77", WorkloadBench.printed(wrong).get("crc").check());
    }
}
