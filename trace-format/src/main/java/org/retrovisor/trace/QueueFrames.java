package org.retrovisor.trace;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks the excerpts of a Chronicle Queue file by plain reads.
 *
 * <p>Chronicle's own tailer maps the file and believes what it finds there: on a damaged or hostile file it may wait,
 * ask for any amount of memory, or be killed by a fault. The framing is simple enough to be read without trust:
 *
 * <pre>
 *   u32 header: bit 31 not complete, bit 30 metadata, bits 0-29 length n
 *   n bytes
 *   padding to a multiple of 4
 * </pre>
 *
 * A header of 0 is where the next excerpt will come; 0xC0000000 ends the file. Metadata (the queue's own description
 * and indexes) is skipped.
 */
final class QueueFrames {

    private static final int NOT_COMPLETE = 1 << 31;
    private static final int METADATA = 1 << 30;
    private static final int LENGTH = METADATA - 1;
    private static final int HEADER_BYTES = 4;
    /** How the description of the queue starts: a field of six letters, named header. */
    private static final byte[] MARK = "\u00b9\u0006header".getBytes(StandardCharsets.ISO_8859_1);

    private final FileChannel file;
    private final long size;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long next;
    private long position;
    private int length;

    QueueFrames(FileChannel file) throws IOException {
        this.file = file;
        this.size = file.size();
        checkStart();
    }

    /** Moves to the next whole excerpt; false at the end of what was written. */
    boolean advance() throws IOException {
        while (next + HEADER_BYTES <= size) {
            int word = readHeader(next);
            int bytes = word & LENGTH;
            long start = next + HEADER_BYTES;
            if (word == 0 || (word & NOT_COMPLETE) != 0 || bytes > size - start) {
                return false;
            }
            next = (start + bytes + 3) & ~3L;
            if ((word & METADATA) == 0) {
                position = start;
                length = bytes;
                return true;
            }
        }
        return false;
    }

    /** Where the bytes of the current excerpt start in the file. */
    long position() {
        return position;
    }

    /** The bytes of the current excerpt. */
    int length() {
        return length;
    }

    /** The first byte behind the last excerpt or metadata seen so far. */
    long end() {
        return Math.min(next, size);
    }

    static void readFully(FileChannel file, ByteBuffer to, long from) throws IOException {
        long at = from;
        while (to.hasRemaining()) {
            int read = file.read(to, at);
            if (read < 0) {
                throw new EOFException("the file ends at byte " + at);
            }
            at += read;
        }
    }

    private int readHeader(long at) throws IOException {
        header.clear();
        readFully(file, header, at);
        return header.getInt(0);
    }

    /** The first thing in a queue file is the description of the queue. */
    private void checkStart() throws IOException {
        ByteBuffer start = ByteBuffer.wrap(new byte[MARK.length]);
        boolean longEnough = size >= HEADER_BYTES + MARK.length;
        if (longEnough) {
            readFully(file, start, HEADER_BYTES);
        }
        if (!longEnough || (readHeader(0) & METADATA) == 0 || !Arrays.equals(start.array(), MARK)) {
            throw new TraceException(TraceException.Reason.CORRUPT,
                    "the event log is corrupt: its file does not start like a queue; take another copy of the trace");
        }
    }
}
