package org.retrovisor.monitor.interpreter;

import org.retrovisor.monitor.interpreter.avx.AvxFamily;
import org.retrovisor.monitor.interpreter.integer.IntegerInstructions;
import org.retrovisor.monitor.interpreter.sse.SseFamily;
import org.retrovisor.monitor.interpreter.system.SystemInstructions;
import org.retrovisor.monitor.interpreter.x87.X87Instructions;
import org.retrovisor.monitor.processor.Vector;

/** The list of all instruction families. */
final class Families {
    private Families() {}

    static void bindAll(SemanticsTable table) {
        invalid(table);
        SseFamily.bind(table);
        AvxFamily.bind(table);
        IntegerInstructions.bind(table);
        X87Instructions.bind(table);
        SystemInstructions.bind(table);
    }

    private static void invalid(SemanticsTable table) {
        table.bind("UNDEFINED", (cpu, i) -> {
            throw cpu.fault(Vector.UD);
        });
        table.bind("TOO_LONG", (cpu, i) -> {
            throw cpu.fault(Vector.GP, 0);
        });
    }
}
