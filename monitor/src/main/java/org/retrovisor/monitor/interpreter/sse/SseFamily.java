package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;

/** All instructions of {@code sse.tbl}. */
public final class SseFamily {
    private SseFamily() {}

    /** Binds every row of the family. */
    public static void bind(SemanticsTable table) {
        Moves.bind(table);
        ScalarMoves.bind(table);
        Logic.bind(table);
        Permutations.bind(table);
        Insertions.bind(table);
        Shifts.bind(table);
        PackedIntegers.bind(table);
        FloatArithmetic.bind(table);
        FloatComparisons.bind(table);
        FloatConversions.bind(table);
        Strings.bind(table);
        MmxMoves.bind(table);
        MmxOperations.bind(table);
        Cryptography.bind(table);
        StateTransfers.bind(table);
    }
}
