package org.retrovisor.gdbstub.wire;

import java.io.ByteArrayOutputStream;

/** Turns a payload into the bytes of a frame. Runs are shortened, for gdb asks for many zeros. */
final class FrameEncoder {
    private final ByteArrayOutputStream out;
    private int sum;

    private FrameEncoder(int capacity) {
        out = new ByteArrayOutputStream(capacity);
    }

    static byte[] encode(byte[] payload) {
        return encode(Frames.START, payload);
    }

    static byte[] notification(byte[] payload) {
        return encode(Frames.NOTIFICATION, payload);
    }

    private static byte[] encode(byte start, byte[] payload) {
        FrameEncoder encoder = new FrameEncoder(payload.length + 8);
        encoder.out.write(start);
        encoder.body(payload);
        encoder.out.write(Frames.END);
        encoder.out.write(hexDigit(encoder.sum >> 4));
        encoder.out.write(hexDigit(encoder.sum));
        return encoder.out.toByteArray();
    }

    private void body(byte[] payload) {
        int at = 0;
        while (at < payload.length) {
            byte b = payload[at];
            if (Frames.mustEscape(b)) {
                put(Frames.ESCAPE);
                put((byte) (b ^ Frames.ESCAPE_MASK));
                at++;
            } else {
                put(b);
                at += 1 + repeat(runLength(payload, at) - 1);
            }
        }
    }

    /** Writes a repeat count if it pays; returns how many further bytes it covers. */
    private int repeat(int wanted) {
        int count = Math.min(wanted, Frames.LONGEST_REPEAT);
        while (count >= Frames.SHORTEST_REPEAT && forbidden(count + Frames.REPEAT_BIAS)) {
            count--;
        }
        if (count < Frames.SHORTEST_REPEAT) {
            return 0;
        }
        put(Frames.REPEAT);
        put((byte) (count + Frames.REPEAT_BIAS));
        return count;
    }

    /** A count must not look like a part of the framing. */
    private static boolean forbidden(int character) {
        return character == Frames.START
                || character == Frames.END
                || character == Frames.ACK
                || character == Frames.NACK
                || character == Frames.REPEAT;
    }

    private static int runLength(byte[] payload, int from) {
        int to = from + 1;
        while (to < payload.length && payload[to] == payload[from]) {
            to++;
        }
        return to - from;
    }

    private void put(byte b) {
        out.write(b);
        sum += b;
    }

    private static int hexDigit(int value) {
        return Character.forDigit(value & 0xf, 16);
    }
}
