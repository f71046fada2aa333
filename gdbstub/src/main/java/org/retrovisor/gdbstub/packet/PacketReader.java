package org.retrovisor.gdbstub.packet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads a packet from left to right. What isn't there is a {@link MalformedPacket}; it never reads beyond the end. */
public final class PacketReader {
    private static final int MAX_DIGITS = 16;

    private final byte[] packet;
    private int at;

    /** @param from where the arguments start, after the packet's name */
    public PacketReader(byte[] packet, int from) {
        this.packet = packet;
        this.at = from;
    }

    public boolean atEnd() {
        return at == packet.length;
    }

    /** The next character, or 0 at the end. */
    char peek() {
        return atEnd() ? 0 : (char) (packet[at] & 0xff);
    }

    char character() {
        if (atEnd()) {
            throw new MalformedPacket("it is cut short");
        }
        return (char) (packet[at++] & 0xff);
    }

    boolean accept(char wanted) {
        boolean there = !atEnd() && peek() == wanted;
        if (there) {
            at++;
        }
        return there;
    }

    void expect(char wanted) {
        if (!accept(wanted)) {
            throw new MalformedPacket("expected '" + wanted + "' at position " + at);
        }
    }

    void end() {
        if (!atEnd()) {
            throw new MalformedPacket("nothing was expected from position " + at + " on");
        }
    }

    /** An unsigned number of 1 to 16 hex digits. */
    long number() {
        int start = at;
        long value = 0;
        while (!atEnd() && Character.digit(peek(), 16) >= 0) {
            value = value << 4 | Character.digit(character(), 16);
        }
        if (at == start || at - start > MAX_DIGITS) {
            throw new MalformedPacket("expected 1 to 16 hex digits at position " + start);
        }
        return value;
    }

    /** A number that is not negative and fits an int. */
    int size() {
        long value = number();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new MalformedPacket("the length 0x" + Hex.of(value) + " is too big");
        }
        return (int) value;
    }

    /** -1 or a number that fits an int. */
    long signedNumber() {
        if (accept('-')) {
            expect('1');
            return -1;
        }
        return size();
    }

    boolean flag() {
        char digit = character();
        if (digit != '0' && digit != '1') {
            throw new MalformedPacket("expected 0 or 1");
        }
        return digit == '1';
    }

    /** Everything up to the character or the end; the character itself is skipped. */
    String wordUpTo(char terminator) {
        int start = at;
        while (!atEnd() && peek() != terminator) {
            at++;
        }
        String word = new String(packet, start, at - start, StandardCharsets.ISO_8859_1);
        accept(terminator);
        return word;
    }

    /** The next bytes as they are. */
    byte[] bytes(int count) {
        if (count > packet.length - at) {
            throw new MalformedPacket("it is cut short");
        }
        at += count;
        return Arrays.copyOfRange(packet, at - count, at);
    }

    byte[] rest() {
        return bytes(packet.length - at);
    }

    /** The rest, as pairs of hex digits. */
    byte[] hexRest() {
        return Hex.parse(new String(rest(), StandardCharsets.ISO_8859_1));
    }

    /** Bytes given as pairs of hex digits. */
    byte[] hexBytes(int count) {
        if (count > (packet.length - at) / 2) {
            throw new MalformedPacket("it is cut short");
        }
        return Hex.parse(new String(bytes(2 * count), StandardCharsets.ISO_8859_1));
    }
}
