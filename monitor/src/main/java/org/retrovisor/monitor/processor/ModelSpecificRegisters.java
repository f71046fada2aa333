package org.retrovisor.monitor.processor;

/** The model-specific registers. */
public final class ModelSpecificRegisters {
    private final Processor cpu;

    ModelSpecificRegisters(Processor cpu) {
        this.cpu = cpu;
    }

    /** The processor these registers belong to. */
    Processor processor() {
        return cpu;
    }
}
