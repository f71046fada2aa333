package org.retrovisor.monitor.interpreter.system;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.processor.Processor;

/** A boundary whose answers a test writes down beforehand, and which keeps what the guest did. */
final class ScriptedBoundary implements Boundary {
    /** What the guest wrote, as {@code SPACE address size value @moment}. */
    final List<String> writes = new ArrayList<>();
    /** The moments of all reads. */
    final List<Long> readMoments = new ArrayList<>();
    /** Answers to reads, in order; zero when they run out. */
    final Deque<Long> reads = new ArrayDeque<>();

    long timestamp = 1000;
    long random;
    private final TreeMap<Long, Arrival> arrivals = new TreeMap<>();

    /** Lets something arrive at a moment, or as soon after it as interrupts are accepted. */
    void arrive(long moment, Arrival arrival) {
        arrivals.put(moment, arrival);
    }

    @Override
    public long read(Processor processor, Space space, long address, int size) {
        readMoments.add(processor.machine().moment());
        return reads.isEmpty() ? 0 : reads.remove();
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {
        writes.add("%s %x %d %x @%d".formatted(space, address, size, value, processor.machine().moment()));
    }

    @Override
    public long timestamp(Processor processor) {
        return timestamp;
    }

    @Override
    public long random(Processor processor) {
        return random;
    }

    @Override
    public long nextAttention(Processor processor) {
        Long next = arrivals.higherKey(processor.machine().moment());
        return next == null ? Long.MAX_VALUE : next;
    }

    @Override
    public Arrival arrival(Processor processor) {
        if (arrivals.isEmpty()) {
            return Arrival.NONE;
        }
        boolean due = arrivals.firstKey() <= processor.machine().moment() || processor.halted;
        boolean maskable = arrivals.firstEntry().getValue() instanceof Arrival.Interrupt;
        if (due && maskable && !processor.acceptsInterrupts()) {
            processor.requestInterruptWindow();
            return Arrival.NONE;
        }
        return due ? arrivals.pollFirstEntry().getValue() : Arrival.NONE;
    }

    @Override
    public void idle(Processor processor) {
        throw new AssertionError("the guest halted with nothing to wait for, at RIP %x"
                .formatted(processor.gpr[Processor.RIP]));
    }
}
