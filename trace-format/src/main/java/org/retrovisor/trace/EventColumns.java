package org.retrovisor.trace;

/** The events of one batch, collected in columns. Allocates nothing after construction. */
final class EventColumns {

    final byte[] kinds = new byte[BatchLayout.MAX_EVENTS];
    final long[] moments = new long[BatchLayout.MAX_EVENTS];
    final long[] values = new long[BatchLayout.MAX_EVENTS];
    final byte[] processors = new byte[BatchLayout.MAX_EVENTS];
    final byte[] payloads = new byte[BatchLayout.MAX_PAYLOAD_COLUMN];

    private int count;
    private int payloadBytes;
    private boolean otherProcessors;
    private long firstAsynchronousMoment = BatchLayout.NO_MOMENT;

    int count() {
        return count;
    }

    int payloadBytes() {
        return payloadBytes;
    }

    /** Whether an event is of another processor than 0. */
    boolean otherProcessors() {
        return otherProcessors;
    }

    /** {@link BatchLayout#NO_MOMENT} if no event is asynchronous. */
    long firstAsynchronousMoment() {
        return firstAsynchronousMoment;
    }

    boolean isFull() {
        return count == BatchLayout.MAX_EVENTS || payloadBytes >= BatchLayout.PAYLOAD_THRESHOLD;
    }

    void add(EventKind kind, int processor, long moment, long value) {
        final int i = count;
        kinds[i] = kind.id();
        processors[i] = (byte) processor;
        moments[i] = moment;
        values[i] = value;
        otherProcessors |= processor != 0;
        if (kind.asynchronous() && firstAsynchronousMoment == BatchLayout.NO_MOMENT) {
            firstAsynchronousMoment = moment;
        }
        count = i + 1;
    }

    /** The payload of the event added last. */
    void addPayload(byte[] bytes, int from, int length) {
        payloadBytes = Varint.write(payloads, payloadBytes, length);
        System.arraycopy(bytes, from, payloads, payloadBytes, length);
        payloadBytes += length;
    }

    /** Forgets all. */
    void clear() {
        count = 0;
        payloadBytes = 0;
        otherProcessors = false;
        firstAsynchronousMoment = BatchLayout.NO_MOMENT;
    }
}
