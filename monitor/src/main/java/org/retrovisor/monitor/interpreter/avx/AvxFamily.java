package org.retrovisor.monitor.interpreter.avx;

import org.retrovisor.monitor.interpreter.SemanticsTable;

/** All vector instructions of {@code vex.tbl}. */
public final class AvxFamily {
    private AvxFamily() {}

    /** Binds them; the SSE family must be bound. */
    public static void bind(SemanticsTable table) {
        VectorMoves.bind(table);
        Permutes.bind(table);
        MaskedMoves.bind(table);
        FloatVectors.bind(table);
        LaneForms.bind(table);
    }
}
