package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Delivery;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** INT n, INT3, INT1 and INTO. */
final class InterruptInstructions {
    private InterruptInstructions() {}

    static void bind(SemanticsTable table) {
        table.bind("INT_Ib", InterruptInstructions::interrupt);
        table.bind("INT3", (cpu, i) -> Delivery.software(cpu, Vector.BP));
        table.bind("INT1", (cpu, i) -> Delivery.debugInterrupt(cpu));
        table.bind("INTO", (cpu, i) -> {
            if (cpu.flags.overflow()) {
                Delivery.software(cpu, Vector.OF);
            }
        });
    }

    private static void interrupt(Processor cpu, Instruction i) {
        if (cpu.virtual8086() && (cpu.systemFlags & Control.IOPL) != Control.IOPL) {
            throw cpu.fault(Vector.GP, 0);
        }
        Delivery.software(cpu, (int) i.immediate & 0xFF);
    }
}
