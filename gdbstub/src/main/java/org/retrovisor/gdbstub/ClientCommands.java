package org.retrovisor.gdbstub;

import java.nio.charset.StandardCharsets;
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

    private static final String MONITOR = "qRcmd,";

    private final DebugTarget target;
    private final Line line;
    private final ExecutorService targetThread;
    private final Queue<Command> waiting = new ConcurrentLinkedQueue<>();
    /** The command under way; the target's thread sets it. */
    private volatile Command running;
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
        abandonMonitorCommands();
        Command command = new Command(payload);
        waiting.add(command);
        targetThread.execute(command);
    }

    /**
     * On Ctrl-C during a monitor command, gdb (13, for one) sends nothing: it stops to wait for the answer and goes on to
     * its next packet. So that packet is the interruption, and nobody wants to hear the command's answer any more.
     */
    private void abandonMonitorCommands() {
        for (Command command : waiting) {
            if (command.isMonitorCommand()) {
                command.abandoned = true;
                command.interrupted = true;
            }
        }
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
        private volatile boolean abandoned;

        Command(byte[] payload) {
            this.payload = payload;
        }

        private boolean isMonitorCommand() {
            return new String(payload, StandardCharsets.ISO_8859_1).startsWith(MONITOR);
        }

        @Override
        public boolean requested() {
            return interrupted;
        }

        @Override
        public void run() {
            running = this;
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
                running = null;
            }
        }
    }

    private Session session() {
        if (session == null) {
            session = new Session(target, new ListenedLine());
        }
        return session;
    }

    /** The line without answers to commands that the client has abandoned. */
    private final class ListenedLine implements Line {
        @Override
        public void send(byte[] payload) {
            Command answered = running;
            if (answered == null || !answered.abandoned) {
                line.send(payload);
            }
        }

        @Override
        public void stopAcknowledging() {
            line.stopAcknowledging();
        }

        @Override
        public void hangUp() {
            line.hangUp();
        }
    }
}
