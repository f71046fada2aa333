package org.retrovisor.monitor.boundary;

import org.retrovisor.monitor.processor.Processor;

/**
 * Everything that a machine asks of the world outside its processors and RAM.
 *
 * <p>Answers are the only nondeterminism there is. A live platform computes them, a recorder passes them on and writes
 * them down, a replayer reads them from the trace. All calls come from the one thread that runs the machine, in the order
 * in which the guest makes them; {@code processor.machine().moment()} is the moment of the call.
 */
public interface Boundary {
    /**
     * IN, a load from a physical address that is not RAM, or a read of a platform MSR.
     *
     * @param size 1, 2, 4 or 8 bytes; the answer is zero-extended
     */
    long read(Processor processor, Space space, long address, int size);

    /** OUT, a store to a physical address that is not RAM, or a write of a platform MSR. */
    void write(Processor processor, Space space, long address, int size, long value);

    /** The timestamp counter as RDTSC would show it, before the guest's own TSC offset. Never decreases. */
    long timestamp(Processor processor);

    /** 64 random bits for RDRAND and RDSEED. */
    long random(Processor processor);

    /**
     * The moment at which {@link #arrival} wants to be asked next. The machine runs up to that moment, or shorter when
     * {@link Processor#requestAttention()} was called, and then asks.
     */
    long nextAttention(Processor processor);

    /**
     * What is due now, between two instructions; {@link Arrival#NONE} when nothing is. The machine asks again until the
     * answer is NONE. A maskable interrupt may be returned only while {@link Processor#acceptsInterrupts()}; a live
     * platform that holds one back calls {@link Processor#requestInterruptWindow()}.
     */
    Arrival arrival(Processor processor);

    /**
     * The processor executed HLT and nothing is due: wait for something (host time), skip to it (guest time), or do
     * nothing (replay: it is next in the trace). {@link #arrival} is asked afterwards.
     */
    void idle(Processor processor);
}
