package org.retrovisor.replay;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.monitor.Footprint;
import org.retrovisor.trace.TraceException;
import org.retrovisor.trace.proto.Interval;
import org.retrovisor.trace.proto.MachineStateHead;

/** Reads the footprint in a checkpoint of a trace, and refuses one that breaks the rules of the schema. */
final class RecordedFootprint {
    private static final long PAGES = 1L << 52;

    private RecordedFootprint() {}

    /** The intervals of a checkpoint, the first of which begins at {@code low}. */
    static List<IntervalIndex.Interval> intervals(MachineStateHead head, long low) {
        List<IntervalIndex.Interval> intervals = new ArrayList<>();
        long from = low;
        for (Interval interval : head.getIntervalsList()) {
            require(interval.getEndMoment() > from && interval.getEndMoment() <= head.getMoment()
                    && interval.hasFootprint());
            intervals.add(new IntervalIndex.Interval(from, interval.getEndMoment(), decode(interval.getFootprint())));
            from = interval.getEndMoment();
        }
        return intervals;
    }

    /** Adds them to an index. */
    static void addAll(MachineStateHead head, long low, IntervalIndex index) {
        intervals(head, low).forEach(index::addCoarse);
    }

    static Footprint decode(org.retrovisor.trace.proto.Footprint stored) {
        long[] executed = numbers(stored.getExecutedPagesList());
        long[] linear = numbers(stored.getLinearPagesList());
        long[] physical = numbers(stored.getPhysicalPagesList());
        long[] lines = stored.getExecutedLinesList().stream().mapToLong(Long::longValue).toArray();
        require(lines.length == executed.length);
        for (long line : lines) {
            require(line != 0);
        }
        return new Footprint(
                new Footprint.Pages(executed, lines),
                new Footprint.Pages(linear, kinds(stored.getLinearKinds(), linear.length)),
                new Footprint.Pages(physical, kinds(stored.getPhysicalKinds(), physical.length)),
                stored.getDeviceWrote());
    }

    private static long[] numbers(List<Long> gaps) {
        long[] numbers = new long[gaps.size()];
        long before = 0;
        for (int i = 0; i < numbers.length; i++) {
            long gap = gaps.get(i);
            require(gap >= (i == 0 ? 0 : 1) && gap < PAGES - before);
            before += gap;
            numbers[i] = before;
        }
        return numbers;
    }

    private static long[] kinds(ByteString stored, int count) {
        require(stored.size() == count);
        long[] kinds = new long[count];
        for (int i = 0; i < count; i++) {
            kinds[i] = stored.byteAt(i);
            require(kinds[i] >= Footprint.READ && kinds[i] <= (Footprint.READ | Footprint.WRITTEN));
        }
        return kinds;
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new TraceException(TraceException.Reason.CORRUPT,
                    "a checkpoint of the trace is corrupt: its list of pages is out of order; take another copy");
        }
    }
}
