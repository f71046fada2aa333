package org.retrovisor.gdbstub.wire;

/** One client's line, as seen by whoever answers its packets. May be used from any thread. */
public interface Line {
    /** The longest payload either side may send, in bytes before escaping; gdb is told so as PacketSize. */
    int MAX_PAYLOAD = 0x20000;

    /** Sends one packet. On a line that was hung up, nothing happens. */
    void send(byte[] payload);

    /** From now on neither side acknowledges packets (QStartNoAckMode). */
    void stopAcknowledging();

    /** Closes the line after what was sent has left. */
    void hangUp();
}
