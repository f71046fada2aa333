package org.retrovisor.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * One batch of events as it stands in an excerpt of the queue; the only owner of these offsets. Little-endian.
 *
 * <pre>
 *    0  u32  magic "RVB1"
 *    4  u16  format, 1
 *    6  u16  flags: bit 0, the batch ends with END and is the last one
 *    8  u64  number of the batch, from 0
 *   16  u64  number of its first event in the log, from 0
 *   24  u64  moment of its first event
 *   32  u64  moment of its last event
 *   40  u64  moment of its first asynchronous event, or 2^63-1
 *   48  u32  events, 1 to 8192
 *   52  u32  bytes of the moment column
 *   56  u32  bytes of the value column
 *   60  u32  bytes of the processor column: 0 (all are processor 0) or one per event
 *   64  u32  bytes of the payload column
 *   68  u32  stored bytes, from 80 to the end of the excerpt
 *   72  u32  CRC-32C of the stored bytes
 *   76  u32  CRC-32C of bytes 0 to 75
 *   80       stored bytes: one zstd frame of the columns, one after the other:
 *
 *   +-------------+------------------+-----------------------------+--------------+---------------------+
 *   | kinds       | moments          | values                      | processors   | payloads            |
 *   | u8 per event| varint per event:| varint per event: zigzag of | u8 per event | per DMA event:      |
 *   |             | less the moment  | the difference from the last| or nothing   | varint length,      |
 *   |             | of the last event| value of the same kind      |              | then the bytes      |
 *   +-------------+------------------+-----------------------------+--------------+---------------------+
 * </pre>
 *
 * Each batch starts afresh (its first moment is in the header, the last value of every kind is 0), so that a reader
 * enters the log at any batch.
 */
final class BatchLayout {

    static final int HEADER_BYTES = 80;
    static final int MAX_EVENTS = 8192;
    /** Longer payloads are written as several events. */
    static final int MAX_PAYLOAD = 64 << 10;
    /** A batch whose payloads have grown past this is written. */
    static final int PAYLOAD_THRESHOLD = 128 << 10;
    static final int MAX_PAYLOAD_COLUMN = PAYLOAD_THRESHOLD + MAX_PAYLOAD + 16;
    static final int MAX_VARINT = 10;
    static final int MAX_RAW = MAX_EVENTS * (1 + MAX_VARINT + MAX_VARINT + 1) + MAX_PAYLOAD_COLUMN;
    static final long NO_MOMENT = Long.MAX_VALUE;

    static final int FORMAT = 1;
    static final int FLAG_LAST = 1;

    private static final int MAGIC = 0x31425652;
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private BatchLayout() {}

    /** The fields of a header; the offsets are in the picture above. */
    record Header(int flags, long number, long firstEvent, long firstMoment, long lastMoment,
            long firstAsynchronousMoment, int events, int momentBytes, int valueBytes, int processorBytes,
            int payloadBytes, int storedBytes, int storedChecksum) {

        int rawBytes() {
            return events + momentBytes + valueBytes + processorBytes + payloadBytes;
        }

        boolean isLast() {
            return (flags & FLAG_LAST) != 0;
        }

        void write(byte[] to) {
            INT.set(to, 0, MAGIC);
            SHORT.set(to, 4, (short) FORMAT);
            SHORT.set(to, 6, (short) flags);
            LONG.set(to, 8, number);
            LONG.set(to, 16, firstEvent);
            LONG.set(to, 24, firstMoment);
            LONG.set(to, 32, lastMoment);
            LONG.set(to, 40, firstAsynchronousMoment);
            INT.set(to, 48, events);
            INT.set(to, 52, momentBytes);
            INT.set(to, 56, valueBytes);
            INT.set(to, 60, processorBytes);
            INT.set(to, 64, payloadBytes);
            INT.set(to, 68, storedBytes);
            INT.set(to, 72, storedChecksum);
            INT.set(to, 76, checksum(to, 0, 76));
        }
    }

    /**
     * Reads and checks a header.
     *
     * @param where names the batch in the message of the exception
     */
    static Header read(byte[] from, String where) {
        require((int) INT.get(from, 0) == MAGIC, where, "it does not start like a batch");
        require((int) INT.get(from, 76) == checksum(from, 0, 76), where, "its header does not match its checksum");
        int format = Short.toUnsignedInt((short) SHORT.get(from, 4));
        if (format != FORMAT) {
            throw new TraceException(TraceException.Reason.UNKNOWN_VERSION, where + " has format " + format
                    + ", and this version reads " + FORMAT + "; use a newer retrovisor");
        }
        Header header = new Header(Short.toUnsignedInt((short) SHORT.get(from, 6)), (long) LONG.get(from, 8),
                (long) LONG.get(from, 16), (long) LONG.get(from, 24), (long) LONG.get(from, 32),
                (long) LONG.get(from, 40),
                (int) INT.get(from, 48), (int) INT.get(from, 52), (int) INT.get(from, 56), (int) INT.get(from, 60),
                (int) INT.get(from, 64), (int) INT.get(from, 68), (int) INT.get(from, 72));
        check(header, where);
        return header;
    }

    private static void check(Header header, String where) {
        int events = header.events();
        require(header.flags() <= FLAG_LAST, where, "it has unknown flags");
        require(events >= 1 && events <= MAX_EVENTS, where, "it claims " + events + " events");
        require(header.firstMoment() >= 0 && header.lastMoment() >= header.firstMoment(), where,
                "its moments run back");
        require(header.firstAsynchronousMoment() >= header.firstMoment(), where, "its moments run back");
        require(isColumn(header.momentBytes(), events), where, "its moment column has an impossible length");
        require(isColumn(header.valueBytes(), events), where, "its value column has an impossible length");
        require(header.processorBytes() == 0 || header.processorBytes() == events, where,
                "its processor column has an impossible length");
        require(header.payloadBytes() >= 0 && header.payloadBytes() <= MAX_PAYLOAD_COLUMN, where,
                "its payload column has an impossible length");
        require(header.storedBytes() > 0, where, "it is empty");
    }

    private static boolean isColumn(int bytes, int events) {
        return bytes >= events && bytes <= events * MAX_VARINT;
    }

    static void require(boolean holds, String where, String otherwise) {
        if (!holds) {
            throw TraceException.corrupt("%s is corrupt: %s", where, otherwise);
        }
    }

    static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }
}
