package org.retrovisor.gdbstub.wire;

/** Takes what a client sends. Called from the wire's own thread, so it must not block. */
public interface LineListener {
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
