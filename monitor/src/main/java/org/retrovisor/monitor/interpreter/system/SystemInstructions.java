package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;

/** The family of system instructions. */
public final class SystemInstructions {
    private SystemInstructions() {}

    /** Binds all rows of {@code system.tbl}. */
    public static void bind(SemanticsTable table) {
        SegmentInstructions.bind(table);
        SegmentBases.bind(table);
        FarTransfers.bind(table);
        FarReturns.bind(table);
        InterruptInstructions.bind(table);
        SystemCalls.bind(table);
        DescriptorTables.bind(table);
        ProtectionChecks.bind(table);
        ControlMoves.bind(table);
        ModelInstructions.bind(table);
        FlagInstructions.bind(table);
        PortInstructions.bind(table);
    }
}
