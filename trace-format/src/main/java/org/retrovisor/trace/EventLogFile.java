package org.retrovisor.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The batches of a log file: where each is and what its header says. Opening reads all headers (one small read per 8192
 * events), and no batch.
 */
final class EventLogFile implements AutoCloseable {

    private static final String SUFFIX = ".cq4";

    private final FileChannel file;
    private final List<BatchLayout.Header> headers = new ArrayList<>();
    private long[] positions = new long[64];
    private long end;

    private EventLogFile(FileChannel file) {
        this.file = file;
    }

    /** Opens the log in a folder; a folder without a queue file is a log without events. */
    static EventLogFile open(Path folder) {
        try {
            Path path = find(folder);
            EventLogFile log = new EventLogFile(path == null ? null : FileChannel.open(path));
            try {
                log.scan();
                return log;
            } catch (IOException | RuntimeException e) {
                log.close();
                throw e;
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read the event log in " + folder, e);
        }
    }

    /** The one queue file in this folder, or null. */
    static Path find(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
            if (found.size() > 1) {
                throw TraceException.corrupt("the event log is corrupt: %s holds %d queue files instead of one", folder,
                        found.size());
            }
            return found.isEmpty() ? null : found.getFirst();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void scan() throws IOException {
        if (file == null) {
            return;
        }
        QueueFrames frames = new QueueFrames(file);
        byte[] bytes = new byte[BatchLayout.HEADER_BYTES];
        while (frames.advance()) {
            add(frames, bytes);
        }
        end = frames.end();
    }

    private void add(QueueFrames frames, byte[] bytes) throws IOException {
        int number = headers.size();
        String where = "batch " + number + " of the event log";
        BatchLayout.require(frames.length() > BatchLayout.HEADER_BYTES, where, "it is shorter than its header");
        QueueFrames.readFully(file, ByteBuffer.wrap(bytes), frames.position());
        BatchLayout.Header header = BatchLayout.read(bytes, where);
        BatchLayout.require(header.storedBytes() == frames.length() - BatchLayout.HEADER_BYTES, where,
                "its length is not that of its excerpt");
        checkSequence(header, where);
        if (number == positions.length) {
            positions = Arrays.copyOf(positions, 2 * number);
        }
        positions[number] = frames.position();
        headers.add(header);
    }

    private void checkSequence(BatchLayout.Header header, String where) {
        BatchLayout.Header last = headers.isEmpty() ? null : headers.getLast();
        BatchLayout.require(header.number() == headers.size(), where, "it says that it is batch " + header.number());
        BatchLayout.require(header.firstEvent() == events(), where, "it starts at event " + header.firstEvent());
        if (last != null) {
            BatchLayout.require(!last.isLast(), where, "it follows the end of the log");
            BatchLayout.require(header.firstMoment() >= last.lastMoment(), where, "its moments run back");
        }
    }

    int batches() {
        return headers.size();
    }

    BatchLayout.Header header(int number) {
        return headers.get(number);
    }

    /** All events of the log. */
    long events() {
        return headers.isEmpty() ? 0 : headers.getLast().firstEvent() + headers.getLast().events();
    }

    boolean isComplete() {
        return !headers.isEmpty() && headers.getLast().isLast();
    }

    /** Bytes of the file up to the end of what was written; the rest is room that Chronicle took in advance. */
    long usedBytes() {
        return end;
    }

    /** Bytes of all batches. */
    long batchBytes() {
        long sum = 0;
        for (BatchLayout.Header header : headers) {
            sum += BatchLayout.HEADER_BYTES + header.storedBytes();
        }
        return sum;
    }

    Batch read(int number) {
        BatchLayout.Header header = headers.get(number);
        byte[] stored = new byte[header.storedBytes()];
        try {
            QueueFrames.readFully(file, ByteBuffer.wrap(stored), positions[number] + BatchLayout.HEADER_BYTES);
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot read batch " + number + " of the event log", e);
        }
        return Batch.decode(header, stored);
    }

    @Override
    public void close() {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw TraceException.inputOutput("cannot close the event log", e);
            }
        }
    }
}
