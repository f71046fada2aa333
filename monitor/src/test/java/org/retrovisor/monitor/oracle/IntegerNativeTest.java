package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.retrovisor.monitor.isa.CodeSize;

/** The general-purpose instructions against the host processor. */
class IntegerNativeTest {
    private static final Map<String, String> WITHOUT = Map.of(
            "UD0", "always raises #UD",
            "UD1", "always raises #UD",
            "UD2", "always raises #UD");

    @TestFactory
    List<DynamicTest> rows() {
        return NativeRowTests.of("integer.tbl", IntegerPreparations.all(), WITHOUT);
    }

    @TestFactory
    List<DynamicTest> rowsIn32BitCode() {
        return NativeRowTests.of("integer.tbl", CodeSize.BITS_32, IntegerPreparations.all(), WITHOUT);
    }
}
