package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Appends events to a new event log.
 *
 * <p>{@link #append} only fills columns: it allocates nothing and costs a few nanoseconds, except when a batch (8192
 * events, or 128 KiB of payload) is full and gets compressed and written. What was flushed survives the death of this
 * process, so call {@link #flush} several times per second. Not thread-safe.
 */
public final class EventLogWriter implements AutoCloseable {

    /** Opened while the guest starts: loading Chronicle takes half a second. */
    private final CompletableFuture<QueueAppender> queue;
    private final BatchEncoder batch = new BatchEncoder();
    private long batches;
    private long writtenEvents;
    private long writtenBytes;
    private long lastMoment;
    private boolean ended;
    private boolean closed;

    /**
     * Starts a log in a folder that is created here and must not hold one yet.
     *
     * @throws TraceException if the folder cannot be written or holds a log already
     */
    public EventLogWriter(Path folder) {
        try {
            Files.createDirectories(folder);
            if (EventLogFile.find(folder) != null) {
                throw new TraceException(TraceException.Reason.OUTPUT_EXISTS, folder + " holds an event log already");
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot create the event log in " + folder, e);
        }
        queue = CompletableFuture.supplyAsync(() -> new QueueAppender(folder));
    }

    /** Appends an event of processor 0 without payload. */
    public void append(EventKind kind, long moment, long value) {
        append(kind, 0, moment, value);
    }

    /**
     * Appends an event without payload.
     *
     * @param processor 0 to 255
     * @param moment not below that of the event before
     */
    public void append(EventKind kind, int processor, long moment, long value) {
        if (kind.hasPayload() || kind == EventKind.END) {
            throw new IllegalArgumentException("use appendDma or end for " + kind);
        }
        add(kind, processor, moment, value);
        if (batch.isFull()) {
            flush();
        }
    }

    /** Appends a write of guest RAM by a device; a long one becomes several events of the same moment. */
    public void appendDma(int processor, long moment, long address, byte[] bytes) {
        int from = 0;
        do {
            int length = Math.min(bytes.length - from, BatchLayout.MAX_PAYLOAD);
            add(EventKind.DMA, processor, moment, address + from);
            batch.addPayload(bytes, from, length);
            from += length;
            if (batch.isFull()) {
                flush();
            }
        } while (from < bytes.length);
    }

    /** Appends the last event and flushes; {@code reason} is the number of the manifest's {@code EndReason}. */
    public void end(long moment, long reason) {
        add(EventKind.END, 0, moment, reason);
        ended = true;
        write();
    }

    /** Hands the events appended so far to the operating system. */
    public void flush() {
        if (batch.count() > 0) {
            write();
        }
    }

    /** Events appended so far, flushed or not. */
    public long events() {
        return writtenEvents + batch.count();
    }

    /** Bytes of all excerpts written so far. */
    public long bytes() {
        return writtenBytes;
    }

    private void add(EventKind kind, int processor, long moment, long value) {
        if (moment < lastMoment || processor != (processor & 0xFF) || ended) {
            refuse(processor, moment);
        }
        lastMoment = moment;
        batch.add(kind, processor, moment, value);
    }

    private void refuse(int processor, long moment) {
        if (ended) {
            throw new IllegalStateException("the log has ended");
        }
        if (moment < lastMoment) {
            throw new IllegalArgumentException("moment " + moment + " comes after moment " + lastMoment);
        }
        throw new IllegalArgumentException("there is no processor " + processor);
    }

    private void write() {
        int events = batch.count();
        int length = batch.finish(batches, writtenEvents, ended);
        queue().append(batch.excerpt(), length);
        batches++;
        writtenEvents += events;
        writtenBytes += length;
    }

    private QueueAppender queue() {
        try {
            return queue.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TraceException refused) {
                throw refused;
            }
            throw TraceException.inputOutput("cannot write the event log", e);
        }
    }

    /** Flushes and closes; a log that was not ended is read as incomplete. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            flush();
        } finally {
            batch.close();
            queue().close();
        }
    }

}
