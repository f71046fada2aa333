package org.retrovisor.trace;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A cursor over an event log. It stands on an event, which the accessors describe, or at the end.
 *
 * <p>Costs: {@link #next} and the accessors a few nanoseconds and no allocation; entering a batch (8192 events) under a
 * millisecond, nothing if it is one of the last 32 used; {@link #seek} the same. Every batch is checked as it is entered
 * and throws a {@link TraceException} if it is damaged. Not thread-safe: open one reader per thread.
 */
public final class EventLogReader implements AutoCloseable {

    private static final int CACHED_BATCHES = 32;
    /** A position is the number of the batch above this many bits of index; an index is at most 8191. */
    private static final int INDEX_BITS = 13;
    private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;

    private final EventLogFile log;
    private final Map<Integer, Batch> cache = new LinkedHashMap<>(2 * CACHED_BATCHES, 0.75f, true);

    /** Null at the end of the log. */
    private Batch batch;
    private int number;
    private int index;
    /** The first asynchronous event of the batch at or after the cursor, or the batch's count. */
    private int asynchronousIndex;
    /** The moment of the first asynchronous event in later batches. */
    private long laterAsynchronousMoment;

    private EventLogReader(EventLogFile log) {
        this.log = log;
        enter(0, 0);
    }

    /** Opens the log in a folder, standing on its first event. */
    public static EventLogReader open(Path folder) {
        EventLogFile log = EventLogFile.open(folder);
        try {
            return new EventLogReader(log);
        } catch (RuntimeException e) {
            log.close();
            throw e;
        }
    }

    /** Whether no event is left. If the log is not complete, what came after this was not saved. */
    public boolean atEnd() {
        return batch == null;
    }

    /** Whether the log ends with END, that is, whether the recorder closed it in order. */
    public boolean isComplete() {
        return log.isComplete();
    }

    /** All events of the log. */
    public long events() {
        return log.events();
    }

    /** Bytes that the batches of the log take in its file. */
    public long bytes() {
        return log.batchBytes();
    }

    /** The moment of the last event of the whole log, 0 if it has none. */
    public long lastMoment() {
        return log.batches() == 0 ? 0 : log.header(log.batches() - 1).lastMoment();
    }

    /** The number of the current event in the log, from 0; {@link #events} at the end. */
    public long eventNumber() {
        return batch == null ? log.events() : log.header(number).firstEvent() + index;
    }

    /** The kind of the current event. */
    public EventKind kind() {
        return EventKind.ofId(current().kinds[index]);
    }

    /** The moment of the current event; {@link Long#MAX_VALUE} at the end. */
    public long moment() {
        final Batch b = batch;
        return b == null ? Long.MAX_VALUE : b.moments[index];
    }

    public long value() {
        return current().values[index];
    }

    /** The processor that the current event belongs to. */
    public int processor() {
        return current().processor(index);
    }

    /** Bytes of the payload of the current event, 0 if it has none. */
    public int payloadLength() {
        return current().payloadLength(index);
    }

    /** A copy of the payload of the current event. */
    public byte[] payload() {
        int from = current().payloadAt(index);
        return Arrays.copyOfRange(batch.payloadBytes(), from, from + batch.payloadLength(index));
    }

    /** Moves to the next event. */
    public void next() {
        final Batch b = current();
        final int i = index + 1;
        if (i < b.count) {
            index = i;
            if (i > asynchronousIndex) {
                asynchronousIndex = b.nextAsynchronous(i);
            }
        } else {
            enter(number + 1, 0);
        }
    }

    /** The moment of the first asynchronous event at or after the cursor, or {@link Long#MAX_VALUE}. */
    public long nextAsynchronousMoment() {
        final Batch b = batch;
        return b != null && asynchronousIndex < b.count ? b.moments[asynchronousIndex] : laterAsynchronousMoment;
    }

    /** Where the cursor stands, to come back to with {@link #seek}; positions grow with the log. */
    public long position() {
        return (long) number << INDEX_BITS | index;
    }

    /** Returns to what {@link #position} said. */
    public void seek(long position) {
        long batchNumber = position >> INDEX_BITS;
        int i = (int) (position & INDEX_MASK);
        boolean inBatch = batchNumber >= 0 && batchNumber < log.batches()
                && i < log.header((int) batchNumber).events();
        boolean end = batchNumber == log.batches() && i == 0;
        if (!inBatch && !end) {
            throw new IllegalArgumentException("there is no position " + position + " in this log");
        }
        enter((int) batchNumber, i);
    }

    /** Moves to the first event whose moment is at least {@code moment}. */
    public void seekMoment(long moment) {
        int low = 0;
        int high = log.batches();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (log.header(middle).lastMoment() < moment) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        enter(low, 0);
        while (batch != null && batch.moments[index] < moment) {
            next();
        }
    }

    /** Moves to an event by its number, from 0; the number of all events is the end. */
    public void seekEvent(long event) {
        if (event < 0 || event > log.events()) {
            throw new IllegalArgumentException("there is no event " + event + " in this log");
        }
        int low = 0;
        int high = log.batches();
        while (low < high) {
            int middle = (low + high) >>> 1;
            BatchLayout.Header header = log.header(middle);
            if (header.firstEvent() + header.events() <= event) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        enter(low, low < log.batches() ? (int) (event - log.header(low).firstEvent()) : 0);
    }

    /** Reads and checks every batch; throws at the first that is damaged. */
    public void checkAll() {
        for (int i = 0; i < log.batches(); i++) {
            log.read(i);
        }
    }

    private Batch current() {
        final Batch b = batch;
        if (b == null) {
            throw TraceException.corrupt("the event log %s after %d events, and another one is asked for",
                    isComplete() ? "ends" : "was cut short", events());
        }
        return b;
    }

    private void enter(int batchNumber, int i) {
        batch = batchNumber < log.batches() ? load(batchNumber) : null;
        number = batchNumber;
        index = i;
        asynchronousIndex = batch == null ? 0 : batch.nextAsynchronous(i);
        laterAsynchronousMoment = firstAsynchronousMoment(batchNumber + 1);
    }

    private Batch load(int batchNumber) {
        Batch cached = cache.get(batchNumber);
        if (cached == null) {
            cached = log.read(batchNumber);
            if (cache.size() >= CACHED_BATCHES) {
                cache.remove(cache.keySet().iterator().next());
            }
            cache.put(batchNumber, cached);
        }
        return cached;
    }

    private long firstAsynchronousMoment(int fromBatch) {
        for (int i = fromBatch; i < log.batches(); i++) {
            long moment = log.header(i).firstAsynchronousMoment();
            if (moment != BatchLayout.NO_MOMENT) {
                return moment;
            }
        }
        return Long.MAX_VALUE;
    }

    @Override
    public void close() {
        cache.clear();
        batch = null;
        log.close();
    }
}
