package org.retrovisor.recorder;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.List;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.MachineDigest;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.StopReason;
import org.retrovisor.trace.EventLogWriter;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;

/**
 * One recording, from the empty folder to the closed trace.
 *
 * <p>Use: {@link #create}, build the machine on {@link #boundary}, load the guest, {@link #begin}, run the machine to its
 * end, {@link #finish}. Killed at any instant after begin, the trace replays up to what was flushed last. Closed without
 * having begun, it leaves nothing behind.
 */
public final class Recorder implements AutoCloseable {
    private final TraceDirectory directory;
    private final EventLogWriter log;
    private final RecordingBoundary boundary;
    private Manifest manifest;
    private boolean begun;

    /**
     * Makes the trace's folder.
     *
     * @param live the boundary whose answers are recorded
     * @throws org.retrovisor.trace.TraceException when the output exists or cannot be written
     */
    public static Recorder create(Path output, Boundary live) {
        return new Recorder(TraceDirectory.create(output), live);
    }

    private Recorder(TraceDirectory directory, Boundary live) {
        this.directory = directory;
        this.log = new EventLogWriter(directory.events());
        this.boundary = new RecordingBoundary(live, log);
    }

    /** What the recorded machine is to be built on. */
    public Boundary boundary() {
        return boundary;
    }

    /**
     * Saves the machine's state before its first instruction, and what is known of the recording.
     *
     * @param version the version of the program that records
     * @param createdMillis when the recording starts, in milliseconds since 1970 UTC
     */
    public void begin(
            Machine machine,
            MachineConfiguration configuration,
            List<GuestImage> images,
            String version,
            long createdMillis) {
        manifest = Manifest.newBuilder()
                .setFormatVersion(1)
                .setRetrovisorVersion(version)
                .setCreatedMillis(createdMillis)
                .setState(RecordingState.RECORDING)
                .setMachine(configuration)
                .addAllImages(images)
                .setInitialState(InitialState.save(machine, directory))
                .build();
        directory.writeManifest(manifest);
        begun = true;
    }

    /**
     * Ends the recording: the end event, the final digest, the manifest.
     *
     * @param detail one line for people, may be empty
     * @param consoleBytes bytes that the guest wrote to its console
     * @param wallMillis how long the recording took
     */
    public Manifest finish(Machine machine, StopReason reason, String detail, long consoleBytes, long wallMillis) {
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
        manifest = manifest.toBuilder()
                .setState(RecordingState.COMPLETE)
                .setEnd(end)
                .build();
        directory.writeManifest(manifest);
        return manifest;
    }

    /** Events recorded so far. */
    public long events() {
        return log.events();
    }

    /** Bytes of the event log so far. */
    public long logBytes() {
        return log.bytes();
    }

    @Override
    public void close() {
        log.close();
        if (!begun) {
            directory.delete();
        }
    }
}
