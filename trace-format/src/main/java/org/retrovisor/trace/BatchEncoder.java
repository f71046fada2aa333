package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.util.Arrays;

/**
 * Turns columns of events into excerpts. Allocates nothing after construction, which loads the compressor: for the thread that writes, not for the
 * guest's.
 */
final class BatchEncoder implements AutoCloseable {

    private static final int COMPRESSION_LEVEL = 3;

    private final long[] lastOfKind = new long[64];
    private final byte[] raw = new byte[BatchLayout.MAX_RAW];
    private final byte[] excerpt = new byte[BatchLayout.HEADER_BYTES + (int) Zstd.compressBound(BatchLayout.MAX_RAW)];
    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(COMPRESSION_LEVEL);

    /** Encodes columns, at least one event, into {@link #excerpt()}; returns the bytes of the excerpt. */
    int encode(EventColumns columns, long number, long firstEvent, boolean last) {
        int count = columns.count();
        int payloadBytes = columns.payloadBytes();
        System.arraycopy(columns.kinds, 0, raw, 0, count);
        int momentsEnd = encodeMoments(columns, count);
        int valuesEnd = encodeValues(columns, momentsEnd);
        int processorBytes = columns.otherProcessors() ? count : 0;
        System.arraycopy(columns.processors, 0, raw, valuesEnd, processorBytes);
        System.arraycopy(columns.payloads, 0, raw, valuesEnd + processorBytes, payloadBytes);
        int rawBytes = valuesEnd + processorBytes + payloadBytes;

        int stored = compressor.compressByteArray(excerpt, BatchLayout.HEADER_BYTES,
                excerpt.length - BatchLayout.HEADER_BYTES, raw, 0, rawBytes);
        int checksum = BatchLayout.checksum(excerpt, BatchLayout.HEADER_BYTES, stored);
        new BatchLayout.Header(last ? BatchLayout.FLAG_LAST : 0, number, firstEvent, columns.moments[0],
                columns.moments[count - 1], columns.firstAsynchronousMoment(), count, momentsEnd - count,
                valuesEnd - momentsEnd, processorBytes,
                payloadBytes,
                stored, checksum).write(excerpt);
        return BatchLayout.HEADER_BYTES + stored;
    }

    byte[] excerpt() {
        return excerpt;
    }

    private int encodeMoments(EventColumns columns, int at) {
        int end = at;
        long[] moments = columns.moments;
        long last = moments[0];
        for (int i = 0; i < columns.count(); i++) {
            end = Varint.write(raw, end, moments[i] - last);
            last = moments[i];
        }
        return end;
    }

    private int encodeValues(EventColumns columns, int at) {
        Arrays.fill(lastOfKind, 0);
        int end = at;
        for (int i = 0; i < columns.count(); i++) {
            int kind = columns.kinds[i];
            long value = columns.values[i];
            end = Varint.write(raw, end, Varint.zigzag(value - lastOfKind[kind]));
            lastOfKind[kind] = value;
        }
        return end;
    }

    @Override
    public void close() {
        compressor.close();
    }
}
