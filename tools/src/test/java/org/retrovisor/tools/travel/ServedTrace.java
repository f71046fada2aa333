package org.retrovisor.tools.travel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.GdbServer;
import org.retrovisor.gdbstub.replayed.ReplayTarget;
import org.retrovisor.monitor.Engine;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.Trace;
import org.retrovisor.trace.Traces;

/** A trace on a gdb server, for tests with a real gdb. */
final class ServedTrace implements AutoCloseable {
    private static final long CHECKPOINT_BYTES = 1 << 28;

    private final Path symbols;
    private final List<Path> scripts;
    private final Trace trace;
    private final Timeline timeline;
    private GdbServer server;

    /**
     * Opens a trace.
     *
     * @param symbols an ELF file for gdb, or null
     * @param scripts what gdb is to source once it is connected
     */
    ServedTrace(Path path, Engine.Factory engines, Path symbols, Path... scripts) {
        this.symbols = symbols;
        this.scripts = List.of(scripts);
        this.trace = Traces.open(path);
        this.timeline = Timeline.open(trace, engines, value -> {}, CHECKPOINT_BYTES);
    }

    Trace trace() {
        return trace;
    }

    Timeline timeline() {
        return timeline;
    }

    InetSocketAddress address() {
        return server.address();
    }

    /** Serves a target that stands at the end of the trace. */
    void serveFromTheEnd() throws IOException {
        timeline.seekEnd(() -> false);
        serve();
    }

    /** Serves a target that stands at the beginning of the trace. */
    void serveFromTheBeginning() throws IOException {
        timeline.seekEnd(() -> false);
        timeline.seek(timeline.beginning(), () -> false);
        serve();
    }

    private void serve() throws IOException {
        server = GdbServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), new ReplayTarget(timeline));
    }

    void stop() {
        server.close();
    }

    /** What gdb writes when it connects and executes some commands. */
    String gdb(String... commands) throws Exception {
        return start(commands).finish();
    }

    /** The same while gdb is at work. */
    Gdb start(String... commands) throws IOException {
        Stream<String> sources = scripts.stream().map(script -> "source " + script);
        return Gdb.start(address(), symbols, Stream.concat(sources, Stream.of(commands)).toArray(String[]::new));
    }

    /** Closes a trace that was opened, if any. */
    static void close(ServedTrace served) {
        if (served != null) {
            served.close();
        }
    }

    @Override
    public void close() {
        timeline.close();
        trace.close();
    }
}
