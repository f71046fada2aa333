package org.retrovisor.trace;

/**
 * What crosses the boundary of processors and RAM inward, and two kinds of bookkeeping.
 *
 * <p>A <em>synchronous</em> event answers the instruction that retires at its moment: the instruction asks, the event is
 * the answer. An <em>asynchronous</em> event happens between two instructions: it takes effect when exactly
 * {@code moment} instructions have retired. The ids are part of the format and never change or get reused.
 */
public enum EventKind {

    /** IN, INS: {@code value} is what the port gave, zero-extended. */
    PORT_READ(1, false),
    /** A read of memory-mapped registers: {@code value} is what the device gave, zero-extended. */
    MMIO_READ(2, false),
    /** RDMSR of a register outside the processor: {@code value} is EDX:EAX. */
    MSR_READ(3, false),
    /** RDTSC, RDTSCP and the clock MSRs: {@code value} is the time-stamp counter. */
    TIMESTAMP(4, false),
    /** RDRAND, RDSEED: {@code value} is the random number, zero-extended. */
    RANDOM(5, false),

    /** An external interrupt is accepted: {@code value} is its vector, 0 to 255. */
    INTERRUPT(16, true),
    /** A non-maskable interrupt is accepted; {@code value} is 0. */
    NMI(17, true),
    /** The processor is initialized by an INIT; {@code value} is 0. */
    INIT(18, true),
    /** A start-up interrupt is accepted: {@code value} is its vector. */
    SIPI(19, true),
    /** A device writes guest RAM: {@code value} is the physical address, the payload the bytes. */
    DMA(20, true),
    /** Another processor runs from here on: {@code value} is its index. */
    PROCESSOR_SWITCH(21, true),

    /** The rolling digest of all outward crossings so far. */
    OUTWARD_DIGEST(32, true),
    /** Nothing follows: {@code value} is the reason of the end as the manifest numbers it. */
    END(33, true);

    private static final EventKind[] BY_ID = new EventKind[64];

    static {
        for (EventKind kind : values()) {
            BY_ID[kind.id] = kind;
        }
    }

    private final byte id;
    private final boolean asynchronous;

    EventKind(int id, boolean asynchronous) {
        this.id = (byte) id;
        this.asynchronous = asynchronous;
    }

    /** The stable number of this kind in the log. */
    public byte id() {
        return id;
    }

    /** Whether it happens between instructions instead of answering one. */
    public boolean asynchronous() {
        return asynchronous;
    }

    /** Whether it carries bytes besides its value. */
    public boolean hasPayload() {
        return this == DMA;
    }

    /** The kind with this id, or null if there is none. */
    static EventKind ofId(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }
}
