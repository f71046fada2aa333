package org.retrovisor.gdbstub.wire;

/** One client's line, as seen by whoever answers its packets. May be used from any thread. */
public interface Line {
    /** The longest payload either side may send, in bytes before escaping; gdb is told so as PacketSize. */
    int MAX_PAYLOAD = 0x20000;

    /** Sends one packet. On a line that was hung up, nothing happens. */
    void send(byte[] payload);

    /**
     * Sends one packet to a client that may have stopped to listen. Where packets are acknowledged, it throws away by itself what it no
     * longer waits for; elsewhere the packet leaves when the client is known to listen, and never when it goes on to a packet before.
     */
    void offer(byte[] payload);

    /**
     * Tells a client that waits for a monitor command that it is under way, by an output packet without output. As long as
     * the client has not taken the one before, nothing is sent.
     */
    void stillAtWork();

    /** Lets a client wait on for whatever it has asked for, by a notification that means nothing. */
    void keepWaiting();

    /**
     * From now on neither side acknowledges packets (QStartNoAckMode).
     *
     * @param asksAgain whether the client may be one that asks for damaged packets again all the same, as gdb does
     */
    void stopAcknowledging(boolean asksAgain);

    /** Closes the line after what was sent has left. */
    void hangUp();
}
