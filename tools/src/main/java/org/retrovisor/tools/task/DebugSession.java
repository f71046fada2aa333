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

/** A trace that stands at its end and is served to gdb. */
public final class DebugSession implements AutoCloseable {
    private final Timeline timeline;
    private final GdbServer server;

    private DebugSession(Timeline timeline, GdbServer server) {
        this.timeline = timeline;
        this.server = server;
    }

    /**
     * Goes to the end of a trace and starts to serve. Executes what lies behind the last checkpoint that the recorder left.
     *
     * @param address where to listen; port 0 takes a free one
     * @param progress is told of moments
     * @return null when interrupted on the way
     * @throws ToolException when the address cannot be listened on
     */
    public static DebugSession open(
            Trace trace, Engine.Factory engines, InetSocketAddress address, Progress progress,
            BooleanSupplier interrupted) {
        Timeline timeline = Timeline.open(trace, engines, unused -> {}, Timeline.defaultBudget());
        try {
            BooleanSupplier look = () -> {
                progress.at(timeline.moment());
                return interrupted.getAsBoolean();
            };
            if (timeline.seekEnd(look).reason() == Outcome.Reason.INTERRUPTED) {
                timeline.close();
                return null;
            }
            return new DebugSession(timeline, GdbServer.listen(address, new ReplayTarget(timeline)));
        } catch (IOException e) {
            timeline.close();
            throw new ToolException(ExitCode.PORT_IN_USE, e.getMessage() + "; choose another with --listen", e);
        } catch (RuntimeException e) {
            timeline.close();
            throw e;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** The timeline; to be used only while no gdb is connected. */
    public Timeline timeline() {
        return timeline;
    }

    @Override
    public void close() {
        server.close();
        timeline.close();
    }
}
