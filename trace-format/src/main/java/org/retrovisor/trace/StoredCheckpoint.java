package org.retrovisor.trace;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.trace.proto.BoundaryState;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.MachineStateHead;

/**
 * A checkpoint that was written while recording.
 *
 * <p>Its head is checked: it is of the machine of the manifest, later than the checkpoint before it, and its place in
 * the event log is where its moment is. That the guest was in this state at that moment is only found out by going on from
 * it: a replay from a false one leaves the recorded path.
 */
public final class StoredCheckpoint {
    private static final int CONSOLE_STATES = 4;

    private final Path path;
    private final MachineStateHead head;

    private StoredCheckpoint(Path path, MachineStateHead head) {
        this.path = path;
        this.head = head;
    }

    /** All that the log reaches: one that a killed recorder took after its last flush is of no use. */
    static List<StoredCheckpoint> readHeads(CheckpointFolder folder, MachineConfiguration machine, EventLogReader log) {
        List<StoredCheckpoint> checkpoints = new ArrayList<>();
        for (Path path : folder.files()) {
            MachineStateHead head = readHead(path);
            StoredCheckpoint last = checkpoints.isEmpty() ? null : checkpoints.getLast();
            checkHead(path, head, machine, last);
            if (head.getMoment() > log.lastMoment()) {
                require(!log.isComplete(), path, "it is later than the end of the recording");
                return checkpoints;
            }
            checkNextEvent(path, head, log);
            checkpoints.add(new StoredCheckpoint(path, head));
        }
        return checkpoints;
    }

    private static MachineStateHead readHead(Path path) {
        try (MachineStateReader reader = MachineStateReader.open(path)) {
            return reader.head();
        }
    }

    private static void checkHead(
            Path path, MachineStateHead head, MachineConfiguration machine, StoredCheckpoint before) {
        require(head.getMemoryBytes() == machine.getMemoryBytes()
                && head.getProcessorsCount() == machine.getProcessors(), path,
                "it is not of the machine of the manifest");
        require(before == null || head.getMoment() > before.moment(), path, "it is not later than the one before it");
        require(head.hasBoundary(), path, "it lacks the state of the boundary");
        BoundaryState boundary = head.getBoundary();
        require(Integer.compareUnsigned(boundary.getConsolePort(), CONSOLE_STATES) < 0
                && boundary.getConsoleBytes() >= 0,
                path, "the state of its boundary is impossible");
    }

    /** The next event is one of its moment, or the first after it. */
    private static void checkNextEvent(Path path, MachineStateHead head, EventLogReader log) {
        log.seekMoment(head.getMoment());
        long first = log.eventNumber();
        log.seekMoment(head.getMoment() + 1);
        long last = log.eventNumber();
        require(first <= head.getNextEvent() && head.getNextEvent() <= last, path,
                "its place in the event log is not where its moment is");
    }

    /** Instructions retired since power-on. */
    public long moment() {
        return head.getMoment();
    }

    /** All but RAM. */
    public MachineStateHead head() {
        return head;
    }

    /**
     * Hands the pages that were written since the checkpoint before, or since the beginning, to {@code sink}, by ascending
     * number, some as what they differ from then.
     *
     * @throws TraceException when the file is damaged; some pages may have been handed over
     */
    public void pages(MachineStateReader.ChangeSink sink) {
        try (MachineStateReader reader = MachineStateReader.open(path)) {
            require(reader.head().equals(head), path, "it changed while it was read");
            reader.changes(sink);
        }
    }

    private static void require(boolean holds, Path path, String otherwise) {
        if (!holds) {
            throw TraceException.corrupt("%s is corrupt: %s", path, otherwise);
        }
    }
}
