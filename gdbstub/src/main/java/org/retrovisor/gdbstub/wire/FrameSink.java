package org.retrovisor.gdbstub.wire;

/** Takes what a {@link FrameDecoder} finds in the stream. */
interface FrameSink {
    void packet(byte[] payload);

    /** A frame that is no packet: wrong checksum, or an escape or a repeat count that can't be. */
    void damaged(String why);

    /** A frame longer than {@link Frames#MAX_PAYLOAD}; sending it again would not help. */
    void tooLong();

    void acknowledged();

    void rejected();

    void interrupt();
}
