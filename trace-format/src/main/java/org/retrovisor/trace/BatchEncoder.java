package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.util.Arrays;

/** Collects events in columns and turns them into one excerpt. Allocates nothing after construction. */
final class BatchEncoder implements AutoCloseable {

    private static final int COMPRESSION_LEVEL = 3;

    private final byte[] kinds = new byte[BatchLayout.MAX_EVENTS];
    private final long[] moments = new long[BatchLayout.MAX_EVENTS];
    private final long[] values = new long[BatchLayout.MAX_EVENTS];
    private final byte[] processors = new byte[BatchLayout.MAX_EVENTS];
    private final byte[] payloads = new byte[BatchLayout.MAX_PAYLOAD_COLUMN];
    private final long[] lastOfKind = new long[64];
    private final byte[] raw = new byte[BatchLayout.MAX_RAW];
    private final byte[] excerpt = new byte[BatchLayout.HEADER_BYTES + (int) Zstd.compressBound(BatchLayout.MAX_RAW)];
    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(COMPRESSION_LEVEL);

    private int count;
    private int payloadBytes;
    private boolean otherProcessors;
    private long firstAsynchronousMoment = BatchLayout.NO_MOMENT;

    int count() {
        return count;
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

    /** Encodes what was added into {@link #excerpt()} and starts anew; returns the bytes of the excerpt. */
    int finish(long number, long firstEvent, boolean last) {
        System.arraycopy(kinds, 0, raw, 0, count);
        int momentsEnd = encodeMoments(count);
        int valuesEnd = encodeValues(momentsEnd);
        int processorBytes = otherProcessors ? count : 0;
        System.arraycopy(processors, 0, raw, valuesEnd, processorBytes);
        System.arraycopy(payloads, 0, raw, valuesEnd + processorBytes, payloadBytes);
        int rawBytes = valuesEnd + processorBytes + payloadBytes;

        int stored = compressor.compressByteArray(excerpt, BatchLayout.HEADER_BYTES,
                excerpt.length - BatchLayout.HEADER_BYTES, raw, 0, rawBytes);
        int checksum = BatchLayout.checksum(excerpt, BatchLayout.HEADER_BYTES, stored);
        new BatchLayout.Header(last ? BatchLayout.FLAG_LAST : 0, number, firstEvent, moments[0], moments[count - 1],
                firstAsynchronousMoment, count, momentsEnd - count, valuesEnd - momentsEnd, processorBytes,
                payloadBytes,
                stored, checksum).write(excerpt);
        clear();
        return BatchLayout.HEADER_BYTES + stored;
    }

    byte[] excerpt() {
        return excerpt;
    }

    private int encodeMoments(int at) {
        int end = at;
        long last = moments[0];
        for (int i = 0; i < count; i++) {
            end = Varint.write(raw, end, moments[i] - last);
            last = moments[i];
        }
        return end;
    }

    private int encodeValues(int at) {
        Arrays.fill(lastOfKind, 0);
        int end = at;
        for (int i = 0; i < count; i++) {
            int kind = kinds[i];
            end = Varint.write(raw, end, Varint.zigzag(values[i] - lastOfKind[kind]));
            lastOfKind[kind] = values[i];
        }
        return end;
    }

    private void clear() {
        count = 0;
        payloadBytes = 0;
        otherProcessors = false;
        firstAsynchronousMoment = BatchLayout.NO_MOMENT;
    }

    @Override
    public void close() {
        compressor.close();
    }
}
