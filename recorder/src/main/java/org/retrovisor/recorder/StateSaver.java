package org.retrovisor.recorder;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.CheckpointFolder;
import org.retrovisor.trace.MachineStateWriter;
import org.retrovisor.trace.StateBlock;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.StoredFile;

/**
 * Writes states of a machine into its trace while the machine goes on: first the one that the recording begins with, then checkpoints. One
 * after the other, on a thread of its own; pages that the machine writes to are copied before ({@link EarlierPages}).
 */
final class StateSaver implements AutoCloseable {
    /**
     * Copies of pages beyond that are not made: such pages are stored whole, and the guest waits for the other thread if that has not come to
     * them yet.
     */
    private static final long MOST_COPIED = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /**
     * When the guest begins, it and Java's compilers need all processors: a third of a second later the same work holds it up less. So long the
     * state at the beginning waits, unless somebody waits for it.
     */
    private static final long PATIENCE_MILLIS = 300;

    private final Machine machine;
    private final CompletableFuture<Void> wanted = new CompletableFuture<>();
    private final ExecutorService writer = Executors.newSingleThreadExecutor(HelperThreads.named("checkpoints"));
    private CompletableFuture<?> writing = CompletableFuture.completedFuture(null);
    private final PageRoom room;
    /** What pages held at the state saved last, and at the one before: what the other thread is at is the way from there to here. */
    private EarlierPages since;
    private EarlierPages before;
    /** What the other thread writes from; it makes it. */
    private StateBlock block;

    /** For a machine that stands at the beginning of its recording. */
    StateSaver(Machine machine) {
        this(machine, MOST_COPIED);
    }

    StateSaver(Machine machine, long mostCopied) {
        this.machine = machine;
        room = new PageRoom(mostCopied);
        since = new EarlierPages(machine.memory().frameCount(), room);
        before = new EarlierPages(machine.memory().frameCount(), room);
        machine.memory().beforeFirstWrites(this::beforeFirstWrite);
        machine.memory().beforeClose(this::await);
    }

    private void beforeFirstWrite(int frame) {
        GuestMemory memory = machine.memory();
        if ((memory.flags(frame) & GuestMemory.TOUCHED) != 0) {
            if (room.isFull()) {
                await();
                before.forget();
            }
            since.keep(frame, memory.hostOf(frame));
        }
    }

    /** Lets the other thread compute something, behind what it is at. */
    <T> CompletableFuture<T> later(Supplier<T> what) {
        return CompletableFuture.supplyAsync(what, writer);
    }

    /** Whether all that was begun is written, so that another may be begun. */
    boolean isIdle() {
        return writing.isDone();
    }

    /**
     * Begins to save all of RAM that is not zeros: what a recording starts with.
     *
     * @param then done on the other thread when that is written, and a part of it: until it is done, no other state is begun
     */
    <T> CompletableFuture<T> initialState(Path file, Function<StoredFile, T> then) {
        MachineStateHead head = Heads.of(machine).build();
        return save(dirty -> {
            wanted.completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS).join();
            block = new StateBlock();
            try (MachineStateWriter state = new MachineStateWriter(file, head, block)) {
                dirty.writeTo(state);
                return then.apply(state.finish());
            }
        });
    }

    /** Somebody waits, or will: nothing is put off from here on. */
    void hurry() {
        wanted.complete(null);
    }

    /** Begins to save what was written since the state before; {@code head} is asked on the other thread. */
    CompletableFuture<StoredFile> checkpoint(CheckpointFolder folder, int number,
            Supplier<MachineStateHead.Builder> head) {
        return save(dirty -> {
            MachineStateHead.Builder complete = head.get().setFormatVersion(2).setPageDifferences(true);
            try (MachineStateWriter state = folder.write(number, complete.build(), block)) {
                dirty.writeDifferencesTo(state);
                return state.finish();
            }
        });
    }

    /** From here on, what is dirty is what is written after this state. */
    private <T> CompletableFuture<T> save(Function<DirtyPages, T> how) {
        if (!isIdle()) {
            throw new IllegalStateException("the state before is being written");
        }
        EarlierPages base = since;
        since = before;
        since.forget(); // the state that was told from there is written
        before = base;
        DirtyPages dirty = new DirtyPages(machine.memory(), base, since);
        machine.trackWrites();
        CompletableFuture<T> saved = later(() -> how.apply(dirty));
        writing = saved;
        return saved;
    }

    /** Waits until all that was begun is written, or has failed. */
    void await() {
        hurry();
        writing.handle((done, failure) -> done).join();
    }

    @Override
    public void close() {
        await();
        writer.shutdown();
        room.close();
        if (block != null) {
            block.close();
        }
    }
}
