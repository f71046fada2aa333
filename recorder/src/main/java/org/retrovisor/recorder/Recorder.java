package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.trace.EventLogWriter;
import org.retrovisor.trace.ManifestValidator;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

/**
 * One recording, from the empty folder to the closed trace.
 *
 * <p>Use: {@link #create}, build the machine on {@link #boundary}, load the guest, {@link #begin}, run the machine to its
 * end, {@link #finish}. The state before the first instruction is written while the machine runs already; killed at any instant after that,
 * the trace replays up to what was flushed last, and nothing is flushed before. Closed without having begun, it leaves nothing behind.
 */
public final class Recorder implements AutoCloseable {
    private final TraceDirectory directory;
    private final EventLogWriter log;
    private final RecordingBoundary boundary;
    private final LongSupplier nanoTime;
    private final long nearest;
    private final CheckpointRecorder.Surroundings surroundings = this::complete;
    private StateSaver states;
    private CheckpointRecorder checkpoints;
    /** The manifest, when it and the initial state are on the disk. */
    private CompletableFuture<Manifest> begun;

    /** Loads what a recording needs while its guest waits for it, which takes a while; any thread may do that in advance. */
    public static void prepare() {
        Manifest.getDefaultInstance();
        MachineStateHead.getDefaultInstance();
        ForkJoinPool.commonPool(); // for the final digest
    }

    /**
     * Makes the trace's folder.
     *
     * @param live the boundary whose answers are recorded
     * @throws org.retrovisor.trace.TraceException when the output exists or cannot be written
     */
    public static Recorder create(Path output, Boundary live) {
        return create(output, live, System::nanoTime, CheckpointPolicy.NEAREST);
    }

    /**
     * The same with checkpoints as a test needs them.
     *
     * @param nanoTime a clock that says how much they hold the recording up, and when to flush the log
     * @param nearest moments between two checkpoints at least
     */
    public static Recorder create(Path output, Boundary live, LongSupplier nanoTime, long nearest) {
        return new Recorder(TraceDirectory.create(output), live, nanoTime, nearest);
    }

    private Recorder(TraceDirectory directory, Boundary live, LongSupplier nanoTime, long nearest) {
        this.directory = directory;
        this.nanoTime = nanoTime;
        this.nearest = nearest;
        this.log = new EventLogWriter(directory.events(), HelperThreads.ofLog());
        this.boundary = new RecordingBoundary(live, log, nanoTime);
    }

    /** What the recorded machine is to be built on. */
    public Boundary boundary() {
        return boundary;
    }

    /**
     * Saves the machine's state before its first instruction, and what is known of the recording, while the machine goes on.
     *
     * @param images what the guest was loaded from; asked on another thread, and may take its time
     * @param version the version of the program that records
     * @param createdMillis when the recording starts, in milliseconds since 1970 UTC
     */
    public void begin(
            Machine machine,
            MachineConfiguration configuration,
            Supplier<List<GuestImage>> images,
            String version,
            long createdMillis) {
        Manifest.Builder manifest = Manifest.newBuilder()
                .setFormatVersion(ManifestValidator.FORMAT)
                .setRetrovisorVersion(version)
                .setCreatedMillis(createdMillis)
                .setState(RecordingState.RECORDING)
                .setMachine(configuration);
        states = new StateSaver(machine, this::flushForStates);
        begun = states.initialState(
                directory.initialState(),
                state -> written(manifest.setInitialState(state).addAllImages(images.get()).build()));
        checkpoints = new CheckpointRecorder(machine, states, begun, directory.checkpoints(), nanoTime,
                new CheckpointPolicy(machine.moment(), nanoTime.getAsLong(), nearest));
        log.writeAfter(begun, states::hurry);
        boundary.whenSettled(() -> checkpoints.settled(surroundings));
    }

    private Manifest written(Manifest manifest) {
        directory.writeManifest(manifest);
        return manifest;
    }

    /** The log is flushed before a checkpoint is there: it never says more than the log does. */
    private CompletableFuture<?> complete(MachineStateHead.Builder head) {
        head.setNextEvent(log.events()).setBoundary(boundary.state());
        return log.flushed();
    }

    /** Checkpoints that wait for the log would wait for ever when the machine's thread waits for them. */
    private void flushForStates() {
        try {
            log.flush();
        } catch (RuntimeException _) {
            // the log says so again to whoever writes or ends it; this may be the machine's end, which must wait for whoever reads its memory
        }
    }

    /**
     * Ends the recording: a last checkpoint, the end event, the final digest, the manifest.
     *
     * @param detail one line for people, may be empty
     * @param consoleBytes bytes that the guest wrote to its console
     * @param wallMillis how long the recording took
     */
    public Manifest finish(Machine machine, StopReason reason, String detail, long consoleBytes, long wallMillis) {
        states.hurry();
        Manifest.Builder manifest = Awaited.result(begun).toBuilder();
        checkpoints.end(surroundings);
        boundary.storeDigest(machine.current());
        log.end(machine.moment(), reason.code());
        End end = End.newBuilder()
                .setReason(EndReason.forNumber(reason.code()))
                .setMoment(machine.moment())
                .setEventCount(log.events())
                .setFinalDigest(ByteString.copyFrom(MachineDigest.of(machine)))
                .setConsoleBytes(consoleBytes)
                .setWallMillis(wallMillis)
                .setDetail(detail)
                .build();
        log.close();
        states.await();
        return written(manifest.setState(RecordingState.COMPLETE).setEnd(end).build());
    }

    /** Events recorded so far. */
    public long events() {
        return log.events();
    }

    /** Bytes of the event log so far. */
    public long logBytes() {
        return log.bytes();
    }

    /** Bytes of the finished trace, less the room that the log took in advance. */
    public long traceBytes() {
        return directory.bytes();
    }

    @Override
    public void close() {
        log.close();
        if (states != null) {
            states.close();
        }
        if (begun == null || begun.handle((manifest, failure) -> failure != null).join()) {
            directory.delete();
        }
    }
}
