package org.retrovisor.recorder;

import java.util.function.LongSupplier;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.ConsoleTap;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogWriter;
import org.retrovisor.trace.OutwardDigest;
import org.retrovisor.trace.proto.BoundaryState;

/** Passes everything on to the live boundary and writes down what comes back. */
final class RecordingBoundary implements Boundary {
    /** A digest of outward crossings is stored after this many of them. */
    private static final int DIGEST_EVERY = 2000;
    /** Whether it is time to flush the log is asked after this many moments, which a slow engine needs a tenth of a second for. */
    private static final long ASK_EVERY = 10_000_000;
    /** Nanoseconds between two flushes at least: each takes a quarter of a millisecond of another thread. */
    private static final long FLUSH_EVERY = 100_000_000;

    private final Boundary live;
    private final EventLogWriter log;
    private final OutwardDigest outward = new OutwardDigest();
    private long consoleBytes;
    private final ConsoleTap console = new ConsoleTap(unused -> consoleBytes++);
    private long lastTimestamp;
    private boolean timestampRead;
    private int outwardSinceDigest;
    private long askAt = ASK_EVERY;
    private final LongSupplier nanoTime;
    private long flushedNanos;
    private Runnable whenSettled = () -> {};

    /** {@code nanoTime} is the host's clock. */
    RecordingBoundary(Boundary live, EventLogWriter log, LongSupplier nanoTime) {
        this.live = live;
        this.log = log;
        this.nanoTime = nanoTime;
        flushedNanos = nanoTime.getAsLong();
    }

    /** Who is told whenever the machine stands between two instructions and all has arrived that was due. */
    void whenSettled(Runnable listener) {
        whenSettled = listener;
    }

    @Override
    public long read(Processor processor, Space space, long address, int size) {
        long value = live.read(processor, space, address, size);
        outward.read(space.ordinal(), address, size);
        outwardSinceDigest++;
        append(kindOf(space), processor, value);
        return value;
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {
        outward.write(space.ordinal(), address, size, value);
        outwardSinceDigest++;
        if (space == Space.PORT) {
            console.portWrite(address, size, value);
        }
        live.write(processor, space, address, size, value);
    }

    @Override
    public long timestamp(Processor processor) {
        long value = live.timestamp(processor);
        lastTimestamp = value;
        timestampRead = true;
        append(EventKind.TIMESTAMP, processor, value);
        return value;
    }

    @Override
    public long random(Processor processor) {
        long value = live.random(processor);
        append(EventKind.RANDOM, processor, value);
        return value;
    }

    @Override
    public long nextAttention(Processor processor) {
        return live.nextAttention(processor);
    }

    @Override
    public Arrival arrival(Processor processor) {
        Arrival arrival = live.arrival(processor);
        long moment = processor.machine().moment();
        if (outwardSinceDigest >= DIGEST_EVERY) {
            storeDigest(processor);
        }
        switch (arrival) {
            case Arrival.None none -> {
                flushSometimes(moment);
                if (!processor.halted) { // what wakes a halted processor arrives at this same moment
                    whenSettled.run();
                }
            }
            case Arrival.Interrupt interrupt -> append(EventKind.INTERRUPT, processor, interrupt.vector());
            case Arrival.NonMaskable nonMaskable -> append(EventKind.NMI, processor, 0);
            case Arrival.Init init -> append(EventKind.INIT, processor, 0);
            case Arrival.Startup startup -> append(EventKind.SIPI, processor, startup.page());
            case Arrival.DirectMemoryWrite write -> log.appendDma(
                    processor.index(), moment, write.address(), write.bytes());
            case Arrival.Stop stop -> {} // the recorder writes the end, whoever caused it
        }
        return arrival;
    }

    @Override
    public void idle(Processor processor) {
        log.flush();
        live.idle(processor);
    }

    /** Stores the digest of all outward crossings so far. */
    void storeDigest(Processor processor) {
        append(EventKind.OUTWARD_DIGEST, processor, outward.value());
        outwardSinceDigest = 0;
    }

    /** What is known of all crossings so far. */
    BoundaryState state() {
        BoundaryState.Builder state = BoundaryState.newBuilder()
                .setOutwardDigest(outward.value())
                .setConsolePort(console.save())
                .setConsoleBytes(consoleBytes);
        return timestampRead ? state.setLastTimestamp(lastTimestamp).build() : state.build();
    }

    private void flushSometimes(long moment) {
        if (moment < askAt) {
            return;
        }
        askAt = moment + ASK_EVERY;
        long now = nanoTime.getAsLong();
        boolean wanted = log.isAwaited() || now - flushedNanos >= FLUSH_EVERY;
        if (wanted && log.isIdle()) { // the guest might have to wait otherwise
            log.flushLater();
            flushedNanos = now;
        }
    }

    private void append(EventKind kind, Processor processor, long value) {
        log.append(kind, processor.index(), processor.machine().moment(), value);
    }

    private static EventKind kindOf(Space space) {
        return switch (space) {
            case PORT -> EventKind.PORT_READ;
            case MMIO -> EventKind.MMIO_READ;
            case MSR -> EventKind.MSR_READ;
        };
    }
}
