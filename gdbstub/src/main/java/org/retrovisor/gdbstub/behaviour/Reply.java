package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import org.retrovisor.gdbstub.packet.Hex;

/** The answer to one packet. */
sealed interface Reply {
    /** What a stub says to a packet that it does not know. */
    Reply UNSUPPORTED = text("");

    Reply OK = text("OK");

    Reply NONE = new Silence();

    record Payload(byte[] bytes) implements Reply {}

    /** An error for the user: one sentence. */
    record Refusal(String sentence) implements Reply {}

    /** Nothing is sent; the packet k. */
    record Silence() implements Reply {}

    static Reply text(String ascii) {
        return new Payload(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    static Reply hex(byte[] bytes) {
        return text(Hex.of(bytes));
    }

    /** A letter, then bytes as they are. */
    static Reply binary(char letter, byte[] bytes, int from, int length) {
        byte[] payload = new byte[1 + length];
        payload[0] = (byte) letter;
        System.arraycopy(bytes, from, payload, 1, length);
        return new Payload(payload);
    }

    static Reply error(String sentence) {
        return new Refusal(sentence);
    }
}
