package org.retrovisor.monitor.processor;

/** Delivers exceptions and interrupts through the IDT (AMD APM volume 2, chapter 8). */
public final class Delivery {
    private Delivery() {}

    /** Delivers a fault, becoming a double fault where the manual says so; false when the processor shuts down. */
    public static boolean fault(Processor cpu, GuestFault fault) {
        throw new UnsupportedOperationException(cpu + " " + fault.vector());
    }

    /** Delivers an accepted maskable interrupt and ends HLT; false when the processor shuts down. */
    public static boolean external(Processor cpu, int vector) {
        throw new UnsupportedOperationException(cpu + " " + vector);
    }

    /** Delivers an NMI and ends HLT; false when the processor shuts down. */
    public static boolean nonMaskable(Processor cpu) {
        throw new UnsupportedOperationException("" + cpu);
    }

    /** Delivers the #DB trap of RFLAGS.TF; false when the processor shuts down. */
    public static boolean singleStep(Processor cpu) {
        throw new UnsupportedOperationException("" + cpu);
    }
}
