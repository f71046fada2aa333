package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.posix.internal.PosixAPIHolder;

/**
 * The only place that knows Chronicle Queue: appends excerpts to the one queue file of a trace.
 *
 * <p>The queue's clock stands still, so that it never rolls over to a second file and nothing in a trace depends on
 * the date. An excerpt is in the kernel's hands as soon as it is appended: a killed recorder loses none.
 */
final class QueueAppender implements AutoCloseable {

    /** At least four times the longest excerpt, as Chronicle asks; the file grows in such steps, sparsely. */
    private static final long BLOCK_BYTES = 2 << 20;
    /** Below this the file system counts as full: a write to a mapped page that finds no room kills the process. */
    private static final long LEAST_FREE_BYTES = 8 * BLOCK_BYTES;

    static {
        quieten("chronicle.analytics.disable", "true");
        quieten("chronicle.disk.monitor.disable", "true");
        quieten("chronicle.announcer.disable", "true");
        // Nothing here locks pages or sets affinities; loading what does takes longer than all the rest of Chronicle.
        PosixAPIHolder.useNoOpPosixApi();
    }

    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final FileStore store;
    private final Path folder;

    QueueAppender(Path folder) {
        this.folder = folder;
        try {
            this.store = Files.getFileStore(folder);
            checkSpace();
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write the event log in " + folder, e);
        }
        queue = SingleChronicleQueueBuilder.binary(folder)
                .rollCycle(RollCycles.TEN_MINUTELY)
                .blockSize(BLOCK_BYTES)
                .timeProvider(() -> 0L)
                .build();
        appender = queue.createAppender();
        // Opened and used on one thread and closed on another, one after the other.
        appender.singleThreadedCheckDisabled(true);
    }

    void append(byte[] bytes, int length) {
        try {
            checkSpace();
        } catch (IOException e) {
            throw TraceException.inputOutput("cannot write the event log in " + folder, e);
        }
        Bytes<?> excerpt = Bytes.wrapForRead(bytes);
        excerpt.readPositionRemaining(0, length);
        appender.writeBytes(excerpt);
    }

    private void checkSpace() throws IOException {
        if (store.getUsableSpace() < LEAST_FREE_BYTES) {
            throw new IOException("less than " + (LEAST_FREE_BYTES >> 20) + " MiB are free on the disk");
        }
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
    }

    private static void quieten(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
