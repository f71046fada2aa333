package org.retrovisor.monitor.oracle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** MMX and SSE against the host processor. */
class SseNativeTest {
    private static final List<String> APPROXIMATE = List.of("RCPPS", "RCPSS", "RSQRTPS", "RSQRTSS");
    private static final List<String> IMAGES = List.of("FXSAVE", "FXRSTOR", "XSAVE", "XSAVEOPT", "XRSTOR");
    private static final List<String> OFFERED = List.of("XGETBV", "XSETBV");

    @TestFactory
    List<DynamicTest> rows() {
        return NativeRowTests.of("sse.tbl", SsePreparations.all(), without());
    }

    private static Map<String, String> without() {
        Map<String, String> without = new HashMap<>();
        APPROXIMATE.forEach(m -> without.put(m, "the last bits are each processor's own; see ApproximationsTest"));
        IMAGES.forEach(m -> without.put(m, "shows state that the oracle does not set; see StateTransfersTest"));
        OFFERED.forEach(m -> without.put(m, "shows what the host offers, or is privileged; see StateTransfersTest"));
        return without;
    }
}
