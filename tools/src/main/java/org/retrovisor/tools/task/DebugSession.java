package org.retrovisor.tools.task;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.retrovisor.gdbstub.GdbServer;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.Engine;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.ToolException;
import org.retrovisor.tools.report.Progress;
import org.retrovisor.trace.Trace;

/** A trace that stands at its end and, from {@link #serve} on, is gdb's. */
public final class DebugSession implements AutoCloseable {
    private final Timeline timeline;
    private GdbServer server;

    private DebugSession(Timeline timeline) {
        this.timeline = timeline;
    }

    /**
     * Goes to the end of a trace, and prepares for steps back from there on another core. Executes what lies behind the last checkpoint that the recorder left.
     *
     * @param checkpointBytes what checkpoints in memory may take at most; see {@link Timeline#budget}
     * @param progress is told of moments
     * @return null when interrupted on the way
     */
    public static DebugSession open(
            Trace trace, Engine.Factory engines, long checkpointBytes, Progress progress, BooleanSupplier interrupted) {
        Timeline timeline = Timeline.open(trace, engines, unused -> {}, Timeline.budget(checkpointBytes));
        try {
            if (timeline.seekEnd(interrupted, progress::at).reason() == Outcome.Reason.INTERRUPTED) {
                timeline.close();
                return null;
            }
            timeline.prepareStepsBack();
            return new DebugSession(timeline);
        } catch (RuntimeException e) {
            timeline.close();
            throw e;
        }
    }

    /**
     * Starts to serve gdb.
     *
     * @param address where to listen; port 0 takes a free one
     * @return where it listens
     * @throws ToolException when the address cannot be listened on
     */
    public InetSocketAddress serve(InetSocketAddress address) {
        try {
            server = GdbServer.listen(address, new ReplayTarget(timeline));
            return server.address();
        } catch (IOException e) {
            throw new ToolException(ExitCode.PORT_IN_USE, e.getMessage() + "; choose another with --listen", e);
        }
    }

    /** The timeline; to be used only before it is served. */
    public Timeline timeline() {
        return timeline;
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        timeline.close();
    }
}
