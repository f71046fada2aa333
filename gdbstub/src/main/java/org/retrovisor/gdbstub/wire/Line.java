package org.retrovisor.gdbstub.wire;

/** One client's line, as seen by whoever answers its packets. May be used from any thread. */
public interface Line {
    /** The longest payload either side may send, in bytes before escaping; gdb is told so as PacketSize. */
    int MAX_PAYLOAD = 0x20000;

    /** Sends one packet. On a line that was hung up, nothing happens. */
    void send(byte[] payload);

    /**
     * Tells a client that waits for an answer that there will be one, by an output packet without output. Where packets are not
     * acknowledged, and as long as the client has not taken the one before, nothing is sent.
     */
    void stillAtWork();

    /** From now on neither side acknowledges packets (QStartNoAckMode). */
    void stopAcknowledging();

    /** Closes the line after what was sent has left. */
    void hangUp();
}
