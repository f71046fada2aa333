package org.retrovisor.gdbstub;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.wire.Line;
import org.retrovisor.gdbstub.wire.LineListener;
import org.retrovisor.gdbstub.wire.TcpListener;

/**
 * Serves a target to gdb: {@code target remote host:port}. One client at a time; when it leaves, the next one finds the target
 * where it stood.
 *
 * <p>All packets are answered on one thread, the only one that touches the target. The wire has a thread of its own, so an
 * interruption arrives while the target works.
 */
public final class GdbServer implements Closeable {
    /**
     * How long a client may leave a packet unread that its host has no room for. A gdb that is asked for much memory on a slow line
     * takes seconds.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final DebugTarget target;
    private final ExecutorService targetThread = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().name("gdb-target").daemon().factory());
    /** Lets clients know that a command is still under way. */
    private final ScheduledExecutorService clock = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().name("gdb-clock").daemon().factory());
    private final TcpListener listener;
    private volatile ClientCommands client;

    private GdbServer(InetSocketAddress address, DebugTarget target) throws IOException {
        this.target = target;
        this.listener = TcpListener.listen(address, this::accept, PATIENCE);
    }

    /**
     * Starts to listen and returns at once.
     *
     * @param address port 0 takes a free one
     * @throws IOException the address can't be listened on; the message says which and why, for the user
     */
    public static GdbServer listen(InetSocketAddress address, DebugTarget target) throws IOException {
        return new GdbServer(address, target);
    }

    private LineListener accept(Line line) {
        client = new ClientCommands(target, line, targetThread, clock);
        return client;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return listener.address();
    }

    /** Disconnects the client, interrupts what the target is doing, and waits up to five seconds for it to end. */
    @Override
    public void close() {
        listener.close();
        ClientCommands last = client;
        if (last != null) {
            // The wire that is being closed may not get round to say so.
            last.disconnected();
        }
        targetThread.shutdown();
        try {
            targetThread.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clock.shutdownNow();
    }
}
