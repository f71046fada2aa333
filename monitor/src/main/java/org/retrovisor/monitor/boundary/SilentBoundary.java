package org.retrovisor.monitor.boundary;

import org.retrovisor.monitor.processor.Processor;

/** A world in which nothing happens and nothing may be asked for. */
public final class SilentBoundary implements Boundary {
    @Override
    public long read(Processor processor, Space space, long address, int size) {
        throw new IllegalStateException("read of %s at %x".formatted(space, address));
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {
        throw new IllegalStateException("write to %s at %x".formatted(space, address));
    }

    @Override
    public long timestamp(Processor processor) {
        throw new IllegalStateException("timestamp asked for");
    }

    @Override
    public long random(Processor processor) {
        throw new IllegalStateException("random asked for");
    }

    @Override
    public long nextAttention(Processor processor) {
        return Long.MAX_VALUE;
    }

    @Override
    public Arrival arrival(Processor processor) {
        return Arrival.NONE;
    }

    @Override
    public void idle(Processor processor) {
        throw new IllegalStateException("the processor halted");
    }
}
