package org.retrovisor.gdbstub.wire;

/** Takes what a client sends. Called from the wire's own thread, so it must not block. */
public interface LineListener {
    /**
     * A packet is here and is about to be acknowledged. gdb throws away what it receives before the acknowledgement, and takes what
     * comes behind it for the answer: what belongs to packets before must have been sent, or not be sent any more.
     */
    void overtaken();

    void packet(byte[] payload);

    /** Ctrl-C; arrives at any time, also while a packet is being answered. */
    void interrupt();

    /** The client is gone; the last call. */
    void disconnected();

    /** Makes a listener for each client that is accepted. */
    @FunctionalInterface
    interface Factory {
        LineListener connected(Line line);
    }
}
