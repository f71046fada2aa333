package org.retrovisor.gdbstub.wire;

import java.io.ByteArrayOutputStream;

/** Undoes escapes and run lengths. gdb sends escapes only, but the protocol allows both. */
final class PayloadDecoder {
    private final byte[] raw;
    private final int length;
    private final ByteArrayOutputStream out;
    private int at;
    private int last = -1;
    private boolean malformed;

    PayloadDecoder(byte[] raw, int length) {
        this.raw = raw;
        this.length = length;
        this.out = new ByteArrayOutputStream(length);
        while (at < length && !malformed && !tooLong()) {
            item(raw[at++]);
        }
    }

    boolean malformed() {
        return malformed;
    }

    /** Run lengths can blow a small frame up. */
    boolean tooLong() {
        return out.size() > Line.MAX_PAYLOAD;
    }

    byte[] payload() {
        return out.toByteArray();
    }

    private void item(byte b) {
        switch (b) {
            case Frames.ESCAPE -> escaped();
            case Frames.REPEAT -> repeated();
            default -> put(b);
        }
    }

    private void escaped() {
        if (at == length) {
            malformed = true;
        } else {
            put(raw[at++] ^ Frames.ESCAPE_MASK);
        }
    }

    private void repeated() {
        int count = at < length ? raw[at++] - Frames.REPEAT_BIAS : 0;
        malformed = last < 0 || count < Frames.SHORTEST_REPEAT || count > Frames.LONGEST_REPEAT;
        for (int i = 0; i < count && !malformed; i++) {
            out.write(last);
        }
    }

    private void put(int b) {
        last = b & 0xff;
        out.write(b);
    }
}
