package org.retrovisor.gdbstub;

import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.retrovisor.gdbstub.behaviour.Session;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.wire.Line;
import org.retrovisor.gdbstub.wire.LineListener;

/** Carries one client's packets from the wire's thread to the target's, and interruptions past them. */
final class ClientCommands implements LineListener {
    /** gdb waits for each answer; a client that sends this many packets ahead is none. */
    private static final int MAX_WAITING = 1000;
    /** Short enough for Ctrl-C to seem to work at once. */
    private static final long SIGN_EVERY_MILLIS = 250;
    /** gdb waits two seconds before it asks again, if its user has not set it otherwise. */
    private static final int SIGNS_UNTIL_WAITING = 4;

    private static final Pattern MONITOR = Pattern.compile("(?s)qRcmd,.*");
    /** The packets that set the machine in motion. */
    private static final Pattern RESUME = Pattern.compile("(?s)(vCont;|[cCsS]|bc|bs).*");
    /** Those by which gdb asks for the list of threads. */
    private static final Pattern THREADS = Pattern.compile("(?s)(qXfer:threads:read|qfThreadInfo).*");
    /** An answer after which another one follows. */
    private static final Pattern CONSOLE_OUTPUT = Pattern.compile("(?s)O(?!K$).*");
    /** A stop reply that says SIGINT. */
    private static final Pattern INTERRUPTED = Pattern.compile("(?s)T02.*");

    private final DebugTarget target;
    private final Line line;
    private final ExecutorService targetThread;
    private final Future<?> signs;
    private final Queue<Command> waiting = new ConcurrentLinkedQueue<>();
    private final KeptInterrupt kept = new KeptInterrupt(System::nanoTime);
    /** The command under way; the target's thread sets it. */
    private volatile Command running;
    private volatile boolean gone;
    /** Made and used by the target's thread, for making it asks the target. */
    private Session session;

    ClientCommands(DebugTarget target, Line line, ExecutorService targetThread, ScheduledExecutorService clock) {
        this.target = target;
        this.line = line;
        this.targetThread = targetThread;
        this.signs = clock.scheduleAtFixedRate(
                this::signOfLife, SIGN_EVERY_MILLIS, SIGN_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void packet(byte[] payload) {
        if (waiting.size() >= MAX_WAITING) {
            line.hangUp();
            return;
        }
        Command command = new Command(payload);
        if (command.is(THREADS)) {
            kept.shown();
        } else if (command.is(RESUME)) {
            command.interrupted = kept.take();
        }
        waiting.add(command);
        targetThread.execute(command);
    }

    /** Also of a packet that waits for a command that was abandoned. */
    private void signOfLife() {
        waiting.forEach(Command::signOfLife);
    }

    /**
     * On Ctrl-C during a monitor command, gdb (13, for one) sends nothing: it stops to wait for the answer and goes on to
     * its next packet. So that packet is the interruption, and nobody wants to hear the command's answer any more.
     */
    @Override
    public void overtaken() {
        for (Command command : waiting) {
            if (command.is(MONITOR)) {
                command.abandon();
            }
        }
    }

    /** Concerns what was sent before it; when nothing of that is a motion under way, the next motion. */
    @Override
    public void interrupt() {
        boolean moving = false;
        for (Command command : waiting) {
            moving |= command.interrupt();
        }
        if (!moving) {
            kept.keep();
        }
    }

    @Override
    public void disconnected() {
        gone = true;
        signs.cancel(false);
        interrupt();
    }

    private static boolean matches(Pattern kind, byte[] payload) {
        return kind.matcher(new String(payload, StandardCharsets.ISO_8859_1)).matches();
    }

    private final class Command implements Runnable, Interruption {
        private final byte[] payload;
        private volatile boolean interrupted;
        private boolean abandoned;
        private boolean answered;
        private int signs;

        Command(byte[] payload) {
            this.payload = payload;
        }

        private boolean is(Pattern kind) {
            return matches(kind, payload);
        }

        /** Says whether this was a motion under way. */
        private synchronized boolean interrupt() {
            interrupted = true;
            return !answered && is(RESUME);
        }

        private synchronized void abandon() {
            abandoned = true;
            interrupted = true;
        }

        private synchronized void send(byte[] payload) {
            if (!matches(CONSOLE_OUTPUT, payload)) {
                answer(payload);
            }
            if (abandoned) {
                return;
            }
            if (is(MONITOR)) {
                line.offer(payload);
            } else {
                line.send(payload);
            }
        }

        /**
         * gdb complains when it hears nothing for six seconds; after a resume it does not. During a monitor command it looks
         * for Ctrl-C whenever it hears something.
         */
        private synchronized void signOfLife() {
            // The first may come as soon as the command.
            if (answered || abandoned || is(RESUME) || ++signs == 1) {
                return;
            }
            if (is(MONITOR)) {
                line.stillAtWork();
            } else if (signs % SIGNS_UNTIL_WAITING == 0) {
                line.keepWaiting();
            }
        }

        /** To be called before the answer leaves, for gdb goes on as soon as it has it. */
        private void answer(byte[] reply) {
            answered = true;
            if (matches(INTERRUPTED, reply)) {
                kept.reported();
            } else if (interrupted && is(RESUME)) {
                kept.keep();
            }
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
            Command command = running;
            if (command == null) {
                line.send(payload);
            } else {
                command.send(payload);
            }
        }

        @Override
        public void offer(byte[] payload) {
            line.offer(payload);
        }

        @Override
        public void stillAtWork() {
            line.stillAtWork();
        }

        @Override
        public void keepWaiting() {
            line.keepWaiting();
        }

        @Override
        public void stopAcknowledging(boolean asksAgain) {
            line.stopAcknowledging(asksAgain);
        }

        @Override
        public void hangUp() {
            line.hangUp();
        }
    }
}
