package org.retrovisor.monitor.boundary;

/** Something that reaches the guest between two instructions. */
public sealed interface Arrival {
    /** Nothing is due. */
    Arrival NONE = new None();

    /** Nothing is due. */
    record None() implements Arrival {}

    /** A maskable interrupt, already acknowledged at its controller; {@code vector} is 0 to 255. */
    record Interrupt(int vector) implements Arrival {}

    /** A non-maskable interrupt. */
    record NonMaskable() implements Arrival {}

    /** INIT: the processor starts anew; one that is not the bootstrap processor then waits for {@link Startup}. */
    record Init() implements Arrival {}

    /** A startup interrupt: code starts at physical {@code page} * 4096, in real mode; {@code page} is 0 to 255. */
    record Startup(int page) implements Arrival {}

    /** A device wrote {@code bytes} to guest RAM at physical {@code address}. */
    record DirectMemoryWrite(long address, byte[] bytes) implements Arrival {}

    /** The run ends here. */
    record Stop(StopReason reason) implements Arrival {}
}
