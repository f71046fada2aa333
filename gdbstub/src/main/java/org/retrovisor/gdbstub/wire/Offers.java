package org.retrovisor.gdbstub.wire;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Packets for a client that may have stopped to listen for them, where packets are not acknowledged.
 *
 * <p>Before each of them the client is asked whether it listens, by a packet that is cut off by the beginning of another one: gdb asks
 * with a {@code -} for such a packet again, also where nothing is acknowledged, and goes on to wait. When it does not listen, as
 * after Ctrl-C in a monitor command, the question stays unread until its next packet; it then costs one {@code -} and nothing else.
 *
 * <p>A client that does not answer the first question, which comes with the end of acknowledgements, is not asked again and gets
 * everything at once.
 */
final class Offers {
    private static final byte[] QUESTION = {Frames.START, Frames.START};
    /** gdb gives up a packet that it had to ask for so often, and may then stop to listen. */
    private static final int TRIES = 3;

    private final Consumer<byte[]> output;
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    /** Whether the client has ever answered. */
    private boolean answers;
    /** Whether a question may still be unread. */
    private boolean asked;
    private boolean listens;
    /** How often the client has asked again since the last packet either way. */
    private int tries;

    /** @param output takes frames to send */
    Offers(Consumer<byte[]> output) {
        this.output = output;
    }

    /** Asks for the first time. To be called before the last answer that is acknowledged is sent. */
    synchronized void begin() {
        ask();
    }

    /** Sends a frame as soon as the client listens. */
    synchronized void offer(byte[] frame) {
        waiting.add(frame);
        proceed();
    }

    /** The same where nothing else is under way; not for a client that can't be asked. */
    synchronized void offerIfIdle(byte[] frame) {
        if (answers && waiting.isEmpty() && !asked) {
            offer(frame);
        }
    }

    /** The client has asked for a packet again. */
    synchronized void heard() {
        asked = false;
        answers = true;
        listens = ++tries % TRIES != 0;
        proceed();
    }

    /** A packet came: nobody waits for what was offered before. */
    synchronized void overtaken() {
        waiting.clear();
        passed();
    }

    private void passed() {
        listens = false;
        tries = 0;
    }

    private void ask() {
        asked = true;
        output.accept(QUESTION);
    }

    private void proceed() {
        while (!waiting.isEmpty() && (listens || !answers)) {
            passed();
            output.accept(waiting.remove());
        }
        if (!waiting.isEmpty() && !asked) {
            ask();
        }
    }
}
