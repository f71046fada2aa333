package org.retrovisor.monitor.interpreter;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

class SemanticsTableTest {
    @Test
    void everyRowHasSemanticsAndAllSemanticsHaveARow() {
        assertDoesNotThrow(SemanticsTable::standard);
    }
}
