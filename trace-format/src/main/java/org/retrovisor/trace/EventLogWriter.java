package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/**
 * Appends events to a new event log.
 *
 * <p>{@link #append} only fills columns: it allocates nothing and costs a few nanoseconds, except when a batch (8192
 * events, or 128 KiB of payload) is full. Another thread compresses and writes batches; only when several wait for it, this one waits, too. What
 * was flushed survives the death of this process, so call {@link #flush} or {@link #flushLater} several times per second. That a batch could not be
 * written says the next call that begins or awaits one. Not thread-safe.
 */
public final class EventLogWriter implements AutoCloseable {
    /** Batches that wait to be written, a third of a megabyte each at most; a guest that has just begun fills two in a second. */
    private static final int MOST_WAITING = 16;

    private final ExecutorService writer;
    private final Path folder;
    /** What must be done before anything is written. */
    private CompletableFuture<?> first = CompletableFuture.completedFuture(null);
    /** Lets that be done soon. */
    private Runnable hurry = () -> {};
    /**
     * What the other thread needs; null until something is to be written. It takes that thread a tenth of a second to make it, and whoever loads
     * a guest or has just begun it needs the processors more.
     */
    private CompletableFuture<Output> output;
    /** Done when all that was begun is written, one batch after the other. */
    private CompletableFuture<Output> writing;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<EventColumns> spare = new ArrayDeque<>();
    private EventColumns batch = new EventColumns();
    /** Done when the batch that is being filled is written; null if nobody asked. */
    private CompletableFuture<Void> awaited;

    private long batches;
    private long writtenEvents;
    private volatile long writtenBytes;
    private long lastMoment;
    private boolean ended;
    private boolean closed;

    /** A batch that is to be written, or was. */
    private record Waiting(EventColumns batch, CompletableFuture<Output> written) {}

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
    private record Output(QueueAppender queue, BatchEncoder encoder) implements AutoCloseable {
        /** Returns how many bytes that took. */
        int write(EventColumns batch, long number, long firstEvent, boolean last) {
            int length = encoder.encode(batch, number, firstEvent, last);
            queue.append(encoder.excerpt(), length);
            return length;
        }

        @Override
        public void close() {
            encoder.close();
            queue.close();
        }
    }

    /**
     * Lets all that is to be written wait for something else, with which it fails. Before the first event.
     *
     * @param hurryUp called by this thread before it waits for that
     */
    public void writeAfter(CompletableFuture<?> other, Runnable hurryUp) {
        first = other;
        hurry = hurryUp;
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

    /** Appends the last event and begins to flush, for which {@link #close} waits; {@code reason} is the number of the manifest's {@code EndReason}. */
    public void end(long moment, long reason) {
        add(EventKind.END, 0, moment, reason);
        ended = true;
        flushLater();
    }

    /** Hands the events appended so far to the operating system. */
    public void flush() {
        flushLater();
        awaitWriting();
    }

    /** Begins to do so, when what is being written is. */
    public void flushLater() {
        if (batch.count() > 0) {
            write();
        }
    }

    /** Done when all events so far are with the operating system. That is for the next flush to see to, which this does not begin. */
    public CompletableFuture<Void> flushed() {
        if (batch.count() == 0) {
            return writing == null ? CompletableFuture.completedFuture(null) : writing.thenAccept(to -> {});
        }
        if (awaited == null) {
            awaited = new CompletableFuture<>();
        }
        return awaited.copy();
    }

    /** Whether somebody waits for the next flush. */
    public boolean isAwaited() {
        return awaited != null;
    }

    /** Whether a flush would begin at once, with nothing being written any more, and nothing to wait for. */
    public boolean isIdle() {
        return first.isDone() && (writing == null || writing.isDone());
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
        open();
        makeRoom();
        EventColumns full = batch;
        batch = spare.isEmpty() ? new EventColumns() : spare.pop();
        long number = batches;
        long firstEvent = writtenEvents;
        boolean last = ended;
        batches++;
        writtenEvents += full.count();
        writing = writing.thenApplyAsync(to -> {
            writtenBytes += to.write(full, number, firstEvent, last); // by this thread alone
            full.clear();
            return to;
        }, writer);
        waiting.add(new Waiting(full, writing));
        tellOf(writing);
    }

    private void open() {
        if (output == null) {
            output = first.thenApplyAsync(done -> new Output(new QueueAppender(folder), new BatchEncoder()), writer);
            writing = output;
        }
    }

    /** Takes back batches that are written. */
    private void makeRoom() {
        if (writing.isCompletedExceptionally()) {
            tellOf(writing); // this batch will not be written either
            awaitWriting();
        }
        if (waiting.size() == MOST_WAITING) {
            hurry.run();
            result(waiting.element().written());
        }
        while (!waiting.isEmpty() && waiting.element().written().isDone()) {
            spare.push(waiting.remove().batch());
        }
    }

    /** Tells whoever waits for the batch that is being filled how something ends. */
    private void tellOf(CompletableFuture<?> outcome) {
        CompletableFuture<Void> told = awaited;
        awaited = null;
        if (told != null) {
            outcome.whenComplete((done, failure) -> {
                if (failure == null) {
                    told.complete(null);
                } else {
                    told.completeExceptionally(failure);
                }
            });
        }
    }

    private void awaitWriting() {
        awaitFirst();
        if (writing != null) {
            result(writing);
        }
    }

    /** Waits for what must be done before; throws what that threw, as it threw it. */
    private void awaitFirst() {
        hurry.run();
        try {
            first.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
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

    /**
     * Flushes and closes; a log that was not ended is read as incomplete. If what must be done before failed, there is no log, and this says
     * nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        open();
        hurry.run();
        try {
            if (first.handle((done, failure) -> failure == null).join()) {
                close(result(output));
            }
        } finally {
            writer.shutdown();
        }
    }

    private void close(Output opened) {
        try (opened) {
            flush();
        }
    }
}
