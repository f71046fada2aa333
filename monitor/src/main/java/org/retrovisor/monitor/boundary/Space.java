package org.retrovisor.monitor.boundary;

/** The address spaces through which a processor reaches the outside. */
public enum Space {
    /** I/O ports, 0 to 0xFFFF; sizes 1, 2 and 4 bytes. */
    PORT,
    /** Physical addresses that are not RAM; sizes 1, 2, 4 and 8 bytes. */
    MMIO,
    /** Model-specific registers that belong to the platform (APIC base, TSC deadline, CR8 as {@link #CR8}); size 8. */
    MSR;

    /** The pseudo register number, in {@link #MSR}, of the task priority that MOV to and from CR8 reaches. */
    public static final int CR8 = 0xFFFF_FF08;
}
