package org.retrovisor.gdbstub.wire;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * One client's line between bytes and packets: acknowledges, asks for a damaged packet again, and repeats the last packet when
 * the client asks. Knows nothing of sockets.
 */
final class Connection implements Line, FrameSink {
    private static final byte[] ACK = {Frames.ACK};
    private static final byte[] NACK = {Frames.NACK};

    private final Consumer<byte[]> output;
    private final Runnable close;
    private final FrameDecoder decoder = new FrameDecoder(this);
    private final LineListener listener;
    private volatile boolean acknowledging = true;
    private volatile byte[] lastFrame = new byte[0];

    /**
     * @param output takes bytes to send, from any thread
     * @param close closes the line after what was sent has left
     */
    Connection(Consumer<byte[]> output, Runnable close, LineListener.Factory factory) {
        this.output = output;
        this.close = close;
        this.listener = factory.connected(this);
    }

    void received(byte b) {
        decoder.accept(b);
    }

    void disconnected() {
        listener.disconnected();
    }

    @Override
    public void send(byte[] payload) {
        byte[] frame = FrameEncoder.encode(payload);
        lastFrame = frame;
        output.accept(frame);
    }

    @Override
    public void stopAcknowledging() {
        acknowledging = false;
    }

    @Override
    public void hangUp() {
        close.run();
    }

    @Override
    public void packet(byte[] payload) {
        acknowledge(ACK);
        listener.packet(payload);
    }

    /** Without acknowledgements nobody would send the packet again, so the client must get an answer. */
    @Override
    public void damaged(String why) {
        if (acknowledging) {
            output.accept(NACK);
        } else {
            send(error("the packet was damaged: " + why));
        }
    }

    @Override
    public void tooLong() {
        acknowledge(ACK);
        send(error("the packet is longer than " + Line.MAX_PAYLOAD + " bytes"));
    }

    @Override
    public void acknowledged() {
        // TCP delivers: there is nothing to wait for.
    }

    @Override
    public void rejected() {
        if (acknowledging) {
            output.accept(lastFrame);
        }
    }

    @Override
    public void interrupt() {
        listener.interrupt();
    }

    private void acknowledge(byte[] answer) {
        if (acknowledging) {
            output.accept(answer);
        }
    }

    static byte[] error(String sentence) {
        return ("E." + sentence).getBytes(StandardCharsets.US_ASCII);
    }
}
