package org.retrovisor.gdbstub.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * One client's line between bytes and packets: acknowledges, asks for a damaged packet again, and repeats the last packet when
 * the client asks. Knows nothing of sockets.
 */
final class Connection implements Line, FrameSink {
    private static final byte[] ACK = {Frames.ACK};
    private static final byte[] NACK = {Frames.NACK};
    private static final byte[] NOTHING = {};
    /** Output that is empty. */
    private static final byte[] SIGN_OF_LIFE = {'O'};
    /** gdb skips notifications that it does not know, and then waits as long as for a new packet. */
    private static final byte[] NOTHING_YET = "Working".getBytes(StandardCharsets.US_ASCII);

    private final Consumer<byte[]> output;
    private final Runnable close;
    private final FrameDecoder decoder = new FrameDecoder(this);
    private final LineListener listener;
    private final Offers offers;
    private volatile boolean acknowledging = true;
    /** What to repeat; nothing while a packet waits for its answer, for that before it is not the answer. */
    private volatile byte[] lastFrame = NOTHING;
    private volatile boolean signUnread;
    /** Whether the client sends acknowledgements at all; some don't. */
    private boolean acknowledges;
    /** The last packet, as long as the client may not know that it has arrived. */
    private byte[] unconfirmed;

    /**
     * @param output takes bytes to send, from any thread
     * @param close closes the line after what was sent has left
     */
    Connection(Consumer<byte[]> output, Runnable close, LineListener.Factory factory) {
        this.output = output;
        this.close = close;
        this.offers = new Offers(output);
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
    public void offer(byte[] payload) {
        if (acknowledging) {
            send(payload);
        } else {
            offers.offer(FrameEncoder.encode(payload));
        }
    }

    @Override
    public void stillAtWork() {
        if (!acknowledging) {
            offers.offerIfIdle(FrameEncoder.encode(SIGN_OF_LIFE));
        } else if (!signUnread) {
            signUnread = true;
            output.accept(FrameEncoder.encode(SIGN_OF_LIFE));
        }
    }

    @Override
    public void keepWaiting() {
        output.accept(FrameEncoder.notification(NOTHING_YET));
    }

    @Override
    public void stopAcknowledging(boolean asksAgain) {
        acknowledging = false;
        if (asksAgain) {
            offers.begin();
        }
    }

    @Override
    public void hangUp() {
        close.run();
    }

    @Override
    public void packet(byte[] payload) {
        if (isSentAgain(payload)) {
            acknowledge(ACK);
            return;
        }
        unconfirmed = payload;
        lastFrame = NOTHING;
        listener.overtaken();
        offers.overtaken();
        acknowledge(ACK);
        listener.packet(payload);
    }

    /**
     * gdb sends a packet again that was not acknowledged within two seconds, which happens on a host that has too much to do. A
     * second answer would be taken for that to its next packet.
     */
    private boolean isSentAgain(byte[] payload) {
        return acknowledging && acknowledges && Arrays.equals(payload, unconfirmed);
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
        // TCP delivers, so there is nothing to wait for; but the client has taken all until here.
        acknowledges = true;
        unconfirmed = null;
        signUnread = false;
    }

    @Override
    public void rejected() {
        if (!acknowledging) {
            offers.heard();
        } else if (lastFrame.length > 0) {
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
