package org.retrovisor.replay;

import java.util.function.IntConsumer;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.ConsoleTap;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;
import org.retrovisor.trace.OutwardDigest;

/**
 * The boundary of a replayed machine: every answer and every arrival comes from the event log.
 *
 * <p>A question that the log does not answer next, an arrival that the guest has passed, or a digest of outward crossings
 * that does not match ends the replay with a {@link DivergenceException}.
 */
final class TraceBoundary implements Boundary {
    private final EventLogReader log;
    private final ConsoleTap console;
    private final OutwardDigest outward = new OutwardDigest();
    private final long end;
    private final String remark;
    private long lastTimestamp = -1;

    /** @param remark what divergences say of the trace, too */
    TraceBoundary(EventLogReader log, IntConsumer console, String remark) {
        this.log = log;
        this.remark = remark;
        this.console = new ConsoleTap(console);
        this.end = log.lastMoment();
    }

    // ---------------------------------------------------------------- questions

    @Override
    public long read(Processor processor, Space space, long address, int size) {
        EventKind kind = switch (space) {
            case PORT -> EventKind.PORT_READ;
            case MMIO -> EventKind.MMIO_READ;
            case MSR -> EventKind.MSR_READ;
        };
        outward.read(space.ordinal(), address, size);
        return answer(kind, processor);
    }

    @Override
    public void write(Processor processor, Space space, long address, int size, long value) {
        outward.write(space.ordinal(), address, size, value);
        if (space == Space.PORT) {
            console.portWrite(address, size, value);
        }
    }

    @Override
    public long timestamp(Processor processor) {
        lastTimestamp = answer(EventKind.TIMESTAMP, processor);
        return lastTimestamp;
    }

    @Override
    public long random(Processor processor) {
        return answer(EventKind.RANDOM, processor);
    }

    private long answer(EventKind asked, Processor processor) {
        long moment = processor.machine().moment();
        if (log.moment() != moment || log.kind() != asked) {
            throw diverged(moment, "the guest asks for " + asked + ", the trace has " + next());
        }
        long value = log.value();
        log.next();
        return value;
    }

    // ---------------------------------------------------------------- arrivals

    @Override
    public long nextAttention(Processor processor) {
        long next = log.nextAsynchronousMoment();
        return log.isComplete() ? next : Math.min(next, end);
    }

    @Override
    public Arrival arrival(Processor processor) {
        long moment = processor.machine().moment();
        while (true) {
            if (!log.isComplete() && moment >= end && cutShortHere()) {
                return new Arrival.Stop(StopReason.CUT_SHORT);
            }
            if (log.moment() > moment) {
                return Arrival.NONE;
            }
            if (log.moment() < moment) {
                throw diverged(moment, "the guest has passed " + next());
            }
            EventKind kind = log.kind();
            if (!kind.asynchronous()) {
                return Arrival.NONE;
            }
            long value = log.value();
            byte[] payload = kind.hasPayload() ? log.payload() : null;
            if (kind == EventKind.OUTWARD_DIGEST) {
                checkDigest(moment, value);
                log.next();
                continue;
            }
            if (kind != EventKind.END) {
                log.next();
            }
            return arrivalOf(moment, kind, value, payload);
        }
    }

    /** Whether only questions are left in a log without an end: what the guest did after them is not known. */
    private boolean cutShortHere() {
        return log.nextAsynchronousMoment() == Long.MAX_VALUE;
    }

    private Arrival arrivalOf(long moment, EventKind kind, long value, byte[] payload) {
        return switch (kind) {
            case INTERRUPT -> new Arrival.Interrupt((int) value & 0xFF);
            case NMI -> new Arrival.NonMaskable();
            case INIT -> new Arrival.Init();
            case SIPI -> new Arrival.Startup((int) value & 0xFF);
            case DMA -> new Arrival.DirectMemoryWrite(value, payload);
            case END -> new Arrival.Stop(reason(moment, value));
            default -> throw diverged(moment, "this version cannot replay " + kind);
        };
    }

    private StopReason reason(long moment, long code) {
        try {
            return StopReason.ofCode((int) code);
        } catch (IllegalArgumentException e) {
            throw diverged(moment, e.getMessage());
        }
    }

    private void checkDigest(long moment, long recorded) {
        if (recorded != outward.value()) {
            throw diverged(moment, "what the guest wrote to its devices differs from the recording");
        }
    }

    @Override
    public void idle(Processor processor) {
        throw diverged(processor.machine().moment(), "the processor halted, the trace has " + next());
    }

    private DivergenceException diverged(long moment, String what) {
        return new DivergenceException(log.eventNumber(), moment, what + remark);
    }

    private String next() {
        return log.atEnd() ? "nothing more" : log.kind() + " at moment " + log.moment();
    }

    // ---------------------------------------------------------------- time travel

    /** Where console output goes from now on. */
    void console(IntConsumer sink) {
        console.sink(sink);
    }

    /** What the guest read of the time stamp counter last; -1 for nothing yet. */
    long lastTimestamp() {
        return lastTimestamp;
    }

    Position save() {
        return new Position(log.eventNumber(), outward.value(), console.save(), lastTimestamp);
    }

    void restore(Position position) {
        log.seekEvent(position.event());
        outward.set(position.outward());
        console.restore(position.console());
        lastTimestamp = position.lastTimestamp();
    }

    /** Everything that a boundary on a trace remembers; {@code event} is the number of the next one. */
    record Position(long event, long outward, int console, long lastTimestamp) {}
}
