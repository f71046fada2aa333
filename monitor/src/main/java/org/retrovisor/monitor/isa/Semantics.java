package org.retrovisor.monitor.isa;

import org.retrovisor.monitor.processor.Processor;

/** What one form of one instruction does. */
@FunctionalInterface
public interface Semantics {
    /**
     * Executes the instruction. RIP already points behind it. All faults are raised before the first lasting effect, by
     * throwing what {@link Processor#fault} gives; the caller then sets RIP back.
     */
    void execute(Processor cpu, Instruction instruction);

    /** Chooses the meaning for an instruction's operand size and form, once, when it is decoded. */
    @FunctionalInterface
    interface Chooser {
        /** The semantics for this very instruction. */
        Semantics choose(Instruction instruction);
    }
}
