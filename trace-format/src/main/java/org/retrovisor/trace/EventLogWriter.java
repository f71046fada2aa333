package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/**
 * Appends events to a new event log.
 *
 * <p>{@link #append} only fills columns: it allocates nothing and costs a few nanoseconds, except when a batch (8192
 * events, or 128 KiB of payload) is full. Another thread compresses and writes it; only when that is still at the batch before, this one waits. What
 * was flushed survives the death of this process, so call {@link #flush} or {@link #flushLater} several times per second. That a batch could not be
 * written says the next call that begins or awaits one. Not thread-safe.
 */
public final class EventLogWriter implements AutoCloseable {

    private final ExecutorService writer;
    private final Path folder;
    /**
     * What the other thread needs; null until something is written. It takes that thread a tenth of a second to make it, and whoever loads a
     * guest or has just begun it needs the processors more.
     */
    private CompletableFuture<Output> output;
    private EventColumns batch = new EventColumns();
    /** What is being written, or was last. */
    private EventColumns other = new EventColumns();

    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private long batches;
    private long writtenEvents;
    private volatile long writtenBytes;
    private long lastMoment;
    private boolean ended;
    private boolean closed;

    /** Starts a log that is written by a thread of the usual priority. */
    public EventLogWriter(Path folder) {
        this(folder, Thread.ofPlatform().daemon().name("event log").factory());
    }

    /**
     * Starts a log in a folder that is created here and must not hold one yet.
     *
     * @param threads makes the thread that writes
     * @throws TraceException if the folder cannot be written or holds a log already
     */
    public EventLogWriter(Path folder, ThreadFactory threads) {
        this.folder = folder;
        writer = Executors.newSingleThreadExecutor(threads);
        try {
            Files.createDirectories(folder);
            if (EventLogFile.find(folder) != null) {
                throw new TraceException(TraceException.Reason.OUTPUT_EXISTS, folder + " holds an event log already");
            }
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot create the event log in " + folder, e);
        }
    }

    /** Turns batches into excerpts and appends them. */
    private record Output(QueueAppender queue, BatchEncoder encoder) {
        /** Returns how many bytes that took. */
        int write(EventColumns batch, long number, long firstEvent, boolean last) {
            int length = encoder.encode(batch, number, firstEvent, last);
            queue.append(encoder.excerpt(), length);
            return length;
        }

        void close() {
            encoder.close();
            queue.close();
        }
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
            write();
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
                write();
            }
        } while (from < bytes.length);
    }

    /** Appends the last event and flushes; {@code reason} is the number of the manifest's {@code EndReason}. */
    public void end(long moment, long reason) {
        add(EventKind.END, 0, moment, reason);
        ended = true;
        flush();
    }

    /** Hands the events appended so far to the operating system. */
    public void flush() {
        flushLater();
        awaitWriting();
    }

    /** Begins to do so, when what is being written is; the answer is done when they are there, or says why not. */
    public CompletableFuture<Void> flushLater() {
        if (batch.count() > 0) {
            write();
        }
        return writing.copy();
    }

    /** Whether a flush would begin at once, with nothing being written any more. */
    public boolean isIdle() {
        return writing.isDone();
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

    /** Lets the other thread write the batch, and begins another. */
    private void write() {
        awaitWriting();
        open();
        EventColumns full = batch;
        batch = other;
        other = full;
        long number = batches;
        long firstEvent = writtenEvents;
        boolean last = ended;
        batches++;
        writtenEvents += full.count();
        writing = output.thenAcceptAsync(
                to -> {
                    writtenBytes += to.write(full, number, firstEvent, last); // by this thread alone
                    full.clear();
                },
                writer);
    }

    private void open() {
        if (output == null) {
            output = CompletableFuture
                    .supplyAsync(() -> new Output(new QueueAppender(folder), new BatchEncoder()), writer);
        }
    }

    private void awaitWriting() {
        result(writing);
    }

    private static <T> T result(CompletableFuture<T> awaited) {
        try {
            return awaited.join();
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
        open();
        try {
            flush();
        } finally {
            writer.shutdown();
            result(output).close();
        }
    }

}
