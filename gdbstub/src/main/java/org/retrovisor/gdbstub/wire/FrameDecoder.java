package org.retrovisor.gdbstub.wire;

import java.util.Arrays;

/**
 * Finds frames in a stream of bytes that arrives in pieces of any size. Whatever the bytes are, it never fails, and it holds at
 * most {@link Frames#MAX_PAYLOAD} bytes. Bytes between frames that mean nothing are skipped, as gdb and gdbserver do.
 */
final class FrameDecoder {
    private enum State {
        BETWEEN, BODY, FIRST_DIGIT, SECOND_DIGIT
    }

    private final FrameSink sink;
    private State state = State.BETWEEN;
    private byte[] body = new byte[256];
    private int length;
    private int sum;
    private int firstDigit;

    FrameDecoder(FrameSink sink) {
        this.sink = sink;
    }

    void accept(byte b) {
        switch (state) {
            case BETWEEN -> between(b);
            case BODY -> inBody(b);
            case FIRST_DIGIT -> {
                firstDigit = Character.digit(b, 16);
                state = State.SECOND_DIGIT;
            }
            case SECOND_DIGIT -> {
                state = State.BETWEEN;
                finish(Character.digit(b, 16));
            }
        }
    }

    private void between(byte b) {
        switch (b) {
            case Frames.START -> begin();
            case Frames.ACK -> sink.acknowledged();
            case Frames.NACK -> sink.rejected();
            case Frames.INTERRUPT -> sink.interrupt();
            default -> {}
        }
    }

    private void begin() {
        state = State.BODY;
        length = 0;
        sum = 0;
    }

    private void inBody(byte b) {
        if (b == Frames.END) {
            state = State.FIRST_DIGIT;
        } else if (b == Frames.START) {
            // A start is never part of a payload: the frame before it was cut off.
            begin();
        } else {
            sum += b;
            store(b);
        }
    }

    private void store(byte b) {
        if (length == body.length && length < Line.MAX_PAYLOAD) {
            body = Arrays.copyOf(body, Math.min(2 * length, Line.MAX_PAYLOAD));
        }
        if (length < body.length) {
            body[length] = b;
        }
        if (length <= Line.MAX_PAYLOAD) {
            length++;
        }
    }

    private void finish(int secondDigit) {
        if (length > Line.MAX_PAYLOAD) {
            sink.tooLong();
        } else if (firstDigit < 0 || secondDigit < 0 || (firstDigit << 4 | secondDigit) != (sum & 0xff)) {
            sink.damaged("wrong checksum");
        } else {
            decode();
        }
    }

    private void decode() {
        PayloadDecoder decoder = new PayloadDecoder(body, length);
        if (decoder.tooLong()) {
            sink.tooLong();
        } else if (decoder.malformed()) {
            sink.damaged("an escape or a repeat count that can't be");
        } else {
            sink.packet(decoder.payload());
        }
    }
}
