package org.retrovisor.gdbstub;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import org.retrovisor.gdbstub.behaviour.Session;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.wire.Line;
import org.retrovisor.gdbstub.wire.LineListener;

/** Carries one client's packets from the wire's thread to the target's, and interruptions past them. */
final class ClientCommands implements LineListener {
    /** gdb waits for each answer; a client that sends this many packets ahead is none. */
    private static final int MAX_WAITING = 1000;

    private final DebugTarget target;
    private final Line line;
    private final ExecutorService targetThread;
    private final Queue<Command> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean gone;
    /** Made and used by the target's thread, for making it asks the target. */
    private Session session;

    ClientCommands(DebugTarget target, Line line, ExecutorService targetThread) {
        this.target = target;
        this.line = line;
        this.targetThread = targetThread;
    }

    @Override
    public void packet(byte[] payload) {
        if (waiting.size() >= MAX_WAITING) {
            line.hangUp();
            return;
        }
        Command command = new Command(payload);
        waiting.add(command);
        targetThread.execute(command);
    }

    /** Concerns what was sent before it, and nothing that is sent later. */
    @Override
    public void interrupt() {
        waiting.forEach(command -> command.interrupted = true);
    }

    @Override
    public void disconnected() {
        gone = true;
        interrupt();
    }

    private final class Command implements Runnable, Interruption {
        private final byte[] payload;
        private volatile boolean interrupted;

        Command(byte[] payload) {
            this.payload = payload;
        }

        @Override
        public boolean requested() {
            return interrupted;
        }

        @Override
        public void run() {
            try {
                if (!gone) {
                    session().handle(payload, this);
                }
            } catch (RuntimeException | Error e) {
                // Without an answer gdb would wait for ever.
                line.hangUp();
                throw e;
            } finally {
                waiting.remove(this);
            }
        }
    }

    private Session session() {
        if (session == null) {
            session = new Session(target, line);
        }
        return session;
    }
}
