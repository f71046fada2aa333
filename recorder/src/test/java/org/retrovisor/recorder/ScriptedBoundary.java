package org.retrovisor.recorder;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.processor.Processor;

/** A world with fixed answers, in which things arrive at fixed moments. */
final class ScriptedBoundary implements Boundary {
    static final long PORT_VALUE = 0x1122_3344;
    static final long MMIO_VALUE = 0x5566_7788;
    static final long MSR_VALUE = 0xFEE0_0900L;
    static final long TIMESTAMP = 0x1_2345_6789L;
    static final long RANDOM = 0xCAFE_BABE_DEAD_BEEFL;

    private final TreeMap<Long, Arrival> arrivals = new TreeMap<>();
    private final Consumer<Processor> whenIdle;

    /** What waits for the guest, by moment; {@code whenIdle} is called when it halts. */
    ScriptedBoundary(Map<Long, Arrival> arrivals, Consumer<Processor> whenIdle) {
        this.arrivals.putAll(arrivals);
        this.whenIdle = whenIdle;
    }

    /** Lets something arrive as soon as possible. */
    void arriveNow(Processor processor, Arrival arrival) {
        arrivals.put(processor.machine().moment(), arrival);
    }

    @Override
    public long read(Processor processor, Space space, long address, int size) {
        return switch (space) {
            case PORT -> PORT_VALUE;
            case MMIO -> MMIO_VALUE;
            case MSR -> MSR_VALUE;
        };
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {}

    @Override
    public long timestamp(Processor processor) {
        return TIMESTAMP;
    }

    @Override
    public long random(Processor processor) {
        return RANDOM;
    }

    @Override
    public long nextAttention(Processor processor) {
        return arrivals.isEmpty() ? Long.MAX_VALUE : arrivals.firstKey();
    }

    @Override
    public Arrival arrival(Processor processor) {
        boolean due = !arrivals.isEmpty() && arrivals.firstKey() <= processor.machine().moment();
        return due ? arrivals.pollFirstEntry().getValue() : Arrival.NONE;
    }

    @Override
    public void idle(Processor processor) {
        whenIdle.accept(processor);
    }
}
