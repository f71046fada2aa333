package org.retrovisor.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;

/** One batch, decoded and checked: what is in here obeys every rule of {@link BatchLayout}. */
final class Batch {

    final int number;
    final int count;
    final byte[] kinds;
    final long[] moments;
    final long[] values;
    /** Null if all events belong to processor 0. */
    private final byte[] processors;
    /** Per event the index of its payload in {@link #raw}, and its length; null if the batch has no payload. */
    private int[] payloadAt;
    private int[] payloadLength;
    private final byte[] raw;

    private Batch(BatchLayout.Header header, byte[] raw) {
        this.number = (int) header.number();
        this.count = header.events();
        this.raw = raw;
        this.kinds = raw;
        this.moments = new long[count];
        this.values = new long[count];
        this.processors = header.processorBytes() == 0 ? null : new byte[count];
    }

    /**
     * Decompresses and checks.
     *
     * @param stored exactly the stored bytes of the excerpt
     */
    static Batch decode(BatchLayout.Header header, byte[] stored) {
        String where = "batch " + header.number() + " of the event log";
        BatchLayout.require(BatchLayout.checksum(stored, 0, stored.length) == header.storedChecksum(), where,
                "its contents do not match their checksum");
        try {
            Batch batch = new Batch(header, decompress(header, stored, where));
            batch.decodeColumns(header, where);
            return batch;
        } catch (TraceException e) {
            throw e.getMessage().startsWith(where)
                    ? e
                    : TraceException.corrupt("%s is corrupt: %s", where, e.getMessage());
        }
    }

    private static byte[] decompress(BatchLayout.Header header, byte[] stored, String where) {
        byte[] raw = new byte[header.rawBytes()];
        try {
            long length = Zstd.decompressByteArray(raw, 0, raw.length, stored, 0, stored.length);
            BatchLayout.require(length == raw.length, where, "its columns are shorter than they claim");
        } catch (ZstdException e) {
            throw new TraceException(TraceException.Reason.CORRUPT, where + " is corrupt: it does not decompress", e);
        }
        return raw;
    }

    private void decodeColumns(BatchLayout.Header header, String where) {
        int at = count;
        decodeMoments(new Varint.Column(raw, at, header.momentBytes()), header, where);
        at += header.momentBytes();
        decodeValues(new Varint.Column(raw, at, header.valueBytes()), header, where);
        at += header.valueBytes();
        if (processors != null) {
            System.arraycopy(raw, at, processors, 0, count);
        }
        at += header.processorBytes();
        decodePayloads(new Varint.Column(raw, at, header.payloadBytes()), header, where);
    }

    private void decodeMoments(Varint.Column column, BatchLayout.Header header, String where) {
        long moment = header.firstMoment();
        for (int i = 0; i < count; i++) {
            long delta = column.next();
            BatchLayout.require(delta >= 0 && moment + delta >= moment, where, "its moments run back");
            moment += delta;
            moments[i] = moment;
        }
        BatchLayout.require(moments[0] == header.firstMoment() && moment == header.lastMoment() && column.isConsumed(),
                where, "its moments are not those of its header");
    }

    private void decodeValues(Varint.Column column, BatchLayout.Header header, String where) {
        long[] lastOfKind = new long[64];
        long firstAsynchronous = BatchLayout.NO_MOMENT;
        for (int i = 0; i < count; i++) {
            EventKind kind = EventKind.ofId(kinds[i]);
            BatchLayout.require(kind != null, where, "event " + i + " has the unknown kind " + kinds[i]);
            boolean mayEnd = header.isLast() && i == count - 1;
            BatchLayout.require((kind == EventKind.END) == mayEnd, where, "its end mark is in the wrong place");
            values[i] = lastOfKind[kinds[i]] += Varint.unzigzag(column.next());
            if (kind.asynchronous() && firstAsynchronous == BatchLayout.NO_MOMENT) {
                firstAsynchronous = moments[i];
            }
        }
        BatchLayout.require(column.isConsumed(), where, "its value column is too long");
        BatchLayout.require(firstAsynchronous == header.firstAsynchronousMoment(), where,
                "its first asynchronous moment is not that of its header");
    }

    private void decodePayloads(Varint.Column column, BatchLayout.Header header, String where) {
        if (header.payloadBytes() > 0) {
            payloadAt = new int[count];
            payloadLength = new int[count];
        }
        for (int i = 0; i < count; i++) {
            if (kinds[i] == EventKind.DMA.id()) {
                BatchLayout.require(payloadAt != null, where, "a DMA has no bytes");
                long length = column.next();
                BatchLayout.require(length >= 0 && length <= BatchLayout.MAX_PAYLOAD, where,
                        "a DMA claims " + length + " bytes");
                payloadLength[i] = (int) length;
                payloadAt[i] = column.skip((int) length);
            }
        }
        BatchLayout.require(column.isConsumed(), where, "its payload column is too long");
    }

    int processor(int index) {
        return processors == null ? 0 : Byte.toUnsignedInt(processors[index]);
    }

    int payloadLength(int index) {
        return payloadLength == null ? 0 : payloadLength[index];
    }

    /** Where the payload of this event starts in {@link #payloadBytes()}. */
    int payloadAt(int index) {
        return payloadAt == null ? 0 : payloadAt[index];
    }

    byte[] payloadBytes() {
        return raw;
    }

    /** The index of the first asynchronous event at or after {@code from}, or {@link #count}. */
    int nextAsynchronous(int from) {
        int i = from;
        while (i < count && !EventKind.ofId(kinds[i]).asynchronous()) {
            i++;
        }
        return i;
    }
}
