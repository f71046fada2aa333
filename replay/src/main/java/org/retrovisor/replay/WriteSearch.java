package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.replay.inspect.GuestView;
import org.retrovisor.trace.EventKind;
import org.retrovisor.trace.EventLogReader;

/**
 * Who wrote to memory last, and before that.
 *
 * <p>Memory is meant physically: a write counts through whatever mapping it was made, by whatever processor or device.
 * The accessed and dirty bits that processors set in page tables do not count.
 *
 * <p>Costs a {@link Timeline#continueBack} and three short seeks. The timeline stands where it stood afterwards.
 */
public final class WriteSearch {
    /** What delivering an interrupt or exception pushes at most: five words and an error code, aligned. */
    private static final int LARGEST_FRAME = 56;
    private static final BooleanSupplier NEVER = () -> false;

    private final Timeline timeline;
    private final GuestView view;

    /** A search on a timeline. */
    public WriteSearch(Timeline timeline) {
        this.timeline = timeline;
        this.view = timeline.view();
    }

    /**
     * Bytes of physical memory, RAM or a device's.
     *
     * @param length at least 1
     */
    public record Range(long physical, int length) {
        private boolean overlaps(Range other) {
            return Long.compareUnsigned(other.physical - physical, length) < 0
                    || Long.compareUnsigned(physical - other.physical, other.length) < 0;
        }
    }

    /** What wrote. */
    public enum Cause {
        /** The instruction that was next. */
        INSTRUCTION,
        /** The delivery of an exception that this instruction raised. */
        EXCEPTION,
        /** The delivery of an interrupt behind this instruction. */
        INTERRUPT,
        /** A device, by itself; no processor had to do with it. */
        DEVICE
    }

    /**
     * A write.
     *
     * @param moment the first at which it has been made
     * @param processor whose instruction it was; with a device, who executed meanwhile
     * @param programCounter the linear address of the instruction that was next one moment before
     * @param before the bytes of all ranges one after another, one moment before; fewer where they are not RAM
     * @param after the same at that moment
     */
    public record Write(
            long moment, int processor, long programCounter, Cause cause, byte[] before, byte[] after) {}

    /**
     * What a search came to.
     *
     * @param reason STOP_POINT for a write, BEGINNING when there was none, INTERRUPTED
     * @param write the write that was found, else null
     */
    public record Answer(Outcome.Reason reason, Write write) {}

    /** The memory behind linear addresses as a processor translates them now; empty when not all of it is mapped. */
    public List<Range> behind(int processor, long linear, int length) {
        List<Range> ranges = new ArrayList<>();
        for (int done = 0; done < length;) {
            long at = linear + done;
            int chunk = Math.min(length - done, GuestMemory.PAGE - (int) (at & GuestMemory.PAGE - 1));
            long physical = view.physical(processor, at);
            if (physical < 0) {
                return List.of();
            }
            ranges.add(new Range(physical, chunk));
            done += chunk;
        }
        return ranges;
    }

    /**
     * Finds the last write to any of some bytes that was made at a moment or before it.
     *
     * @param interrupted asked now and then whether to give up
     */
    public Answer last(List<Range> ranges, long moment, BooleanSupplier interrupted) {
        long start = timeline.moment();
        try {
            timeline.seek(moment, NEVER);
            Outcome outcome = timeline.continueBack(stops(ranges), interrupted);
            boolean found = outcome.reason() == Outcome.Reason.STOP_POINT;
            return new Answer(outcome.reason(), found ? look(ranges, outcome.hit()) : null);
        } finally {
            timeline.seek(start, NEVER);
        }
    }

    private static StopPoints stops(List<Range> ranges) {
        List<StopPoint> points = new ArrayList<>();
        for (Range range : ranges) {
            points.add(new StopPoint.AtAccess(range.physical, range.length, false, true, true));
        }
        return new StopPoints(points);
    }

    /** Looks at a write from both sides, the timeline standing before it. */
    private Write look(List<Range> ranges, Hit hit) {
        int processor = hit.processor();
        long programCounter = view.programCounter(processor);
        byte[] rip = view.register(processor, "rip").orElseThrow();
        byte[] before = read(ranges);
        timeline.seek(timeline.moment() + 1, NEVER);
        Cause cause = cause(ranges, processor, rip);
        return new Write(timeline.moment(), processor, programCounter, cause, before, read(ranges));
    }

    private byte[] read(List<Range> ranges) {
        byte[] all = new byte[0];
        for (Range range : ranges) {
            byte[] part = view.readPhysical(range.physical, range.length);
            int at = all.length;
            all = Arrays.copyOf(all, at + part.length);
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }

    /** What wrote at the moment at which the timeline stands; what arrives at a moment comes behind the instruction. */
    private Cause cause(List<Range> ranges, int processor, byte[] ripBefore) {
        if (arrived(log -> log.kind() == EventKind.DMA
                && overlap(ranges, List.of(new Range(log.value(), Math.max(1, log.payloadLength())))))) {
            return Cause.DEVICE;
        }
        long stack = number(view.register(processor, "rsp").orElseThrow());
        if (!overlap(ranges, behind(processor, stack, LARGEST_FRAME))) {
            return Cause.INSTRUCTION;
        }
        if (arrived(log -> log.kind() == EventKind.INTERRUPT || log.kind() == EventKind.NMI)) {
            return Cause.INTERRUPT;
        }
        return faulted(processor, stack, ripBefore) ? Cause.EXCEPTION : Cause.INSTRUCTION;
    }

    private boolean arrived(Function<EventLogReader, Boolean> wanted) {
        try (EventLogReader log = timeline.trace().openEventLog()) {
            log.seekMoment(timeline.moment());
            for (; !log.atEnd() && log.moment() == timeline.moment(); log.next()) {
                if (wanted.apply(log)) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean overlap(List<Range> ranges, List<Range> others) {
        return ranges.stream().anyMatch(range -> others.stream().anyMatch(range::overlaps));
    }

    /** Whether the stack holds the address of the very instruction that was next, as the delivery of a fault leaves it. */
    private boolean faulted(int processor, long stack, byte[] ripBefore) {
        byte[] frame = view.readVirtual(processor, stack, 2 * Long.BYTES);
        return frame.length == 2 * Long.BYTES
                && (Arrays.equals(frame, 0, 8, ripBefore, 0, 8) || Arrays.equals(frame, 8, 16, ripBefore, 0, 8));
    }

    private static long number(byte[] littleEndian) {
        long value = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            value = value << Byte.SIZE | littleEndian[i] & 0xFF;
        }
        return value;
    }
}
