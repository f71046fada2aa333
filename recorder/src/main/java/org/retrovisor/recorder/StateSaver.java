package org.retrovisor.recorder;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
 * after the other, on a thread of its own, which keeps to a {@link Pace} and may be several states behind; pages that the machine writes to
 * are copied before ({@link EarlierPages}).
 */
final class StateSaver implements AutoCloseable {
    /**
     * Copies of pages beyond that are not made: such pages are stored whole, and the guest waits for the other thread if that has not come to
     * them yet.
     */
    private static final long MOST_COPIED = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    /** States that wait to be written; a guest that has just begun leaves one each 30 milliseconds. */
    private static final int MOST_WAITING = 40;

    private final Machine machine;
    /** Not kept to when somebody waits for a state, or there are too many. */
    private final Pace pace = Pace.ofThisProcess();
    private final ExecutorService writer = Executors.newSingleThreadExecutor(HelperThreads.ofStates());
    private final PageRoom room;
    private final Runnable beforeWaiting;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    /** What pages held at the state saved last. */
    private EarlierPages since;
    /** Nobody's. */
    private final Deque<EarlierPages> spare = new ArrayDeque<>();
    /** What the other thread writes from; it makes it. */
    private StateBlock block;

    /** A state that is not written yet, and what pages held at the one before, which it is told from. */
    private record Waiting(CompletableFuture<?> written, EarlierPages before) {}

    /**
     * For a machine that stands at the beginning of its recording.
     *
     * @param beforeWaiting done by the machine's thread before it waits for the other, which may wait for that
     */
    StateSaver(Machine machine, Runnable beforeWaiting) {
        this(machine, beforeWaiting, MOST_COPIED);
    }

    StateSaver(Machine machine, Runnable beforeWaiting, long mostCopied) {
        this.machine = machine;
        this.beforeWaiting = beforeWaiting;
        room = new PageRoom(mostCopied);
        since = new EarlierPages(machine.memory(), room);
        machine.memory().beforeFirstWrites(this::beforeFirstWrite);
        machine.memory().beforeClose(this::await);
    }

    private void beforeFirstWrite(int frame) {
        GuestMemory memory = machine.memory();
        if (memory.isTouched(frame)) {
            if (room.isFull()) {
                await();
                forgetWritten();
            }
            since.keep(frame, memory.hostOf(frame));
        }
    }

    /** Lets the other thread compute something, behind what it is at. */
    <T> CompletableFuture<T> later(Supplier<T> what) {
        return CompletableFuture.supplyAsync(what, writer);
    }

    /** Whether there is room for another to wait; if not, nothing is put off any more. */
    boolean mayBegin() {
        forgetWritten();
        boolean may = waiting.isEmpty() || waiting.size() < MOST_WAITING && !room.isHalfFull();
        if (!may) {
            hurry();
        }
        return may;
    }

    private void forgetWritten() {
        while (!waiting.isEmpty() && waiting.element().written().isDone()) {
            EarlierPages unneeded = waiting.remove().before();
            unneeded.forget();
            spare.push(unneeded);
        }
    }

    /**
     * Begins to save all of RAM that is not zeros: what a recording starts with.
     *
     * @param then done on the other thread when that is written, before any other state is
     */
    <T> CompletableFuture<T> initialState(Path file, Function<StoredFile, T> then) {
        MachineStateHead head = Heads.of(machine).build();
        return save(dirty -> {
            pace.await(); // before there is room for a block: that is work, too
            block = new StateBlock();
            try (MachineStateWriter state = new MachineStateWriter(file, head, block)) {
                dirty.writeTo(state);
                return then.apply(state.finish());
            }
        });
    }

    /** The guest has begun: states are put off less from here on. */
    void ease() {
        pace.ease();
    }

    /** Somebody waits, or will: nothing is put off from here on. */
    void hurry() {
        pace.hurry();
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
        forgetWritten();
        EarlierPages before = since;
        since = spare.isEmpty() ? new EarlierPages(machine.memory(), room) : spare.pop();
        before.followedBy(since);
        DirtyPages dirty = new DirtyPages(machine.memory(), before, since, pace);
        machine.trackWrites();
        CompletableFuture<T> saved = later(() -> how.apply(dirty));
        waiting.add(new Waiting(saved, before));
        return saved;
    }

    /** Waits until all that was begun is written, or has failed. */
    void await() {
        hurry();
        if (!waiting.isEmpty()) {
            beforeWaiting.run();
            waiting.getLast().written().handle((done, failure) -> done).join();
        }
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
