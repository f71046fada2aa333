package org.retrovisor.gdbstub.wire;

/**
 * The characters of a frame (GDB's manual, "Remote Protocol Overview").
 *
 * <pre>
 *   $ payload # c c       a packet; cc is the sum of the bytes between $ and #, modulo 256, as two hex digits
 *   % payload # c c       a notification; framed like a packet, never answered
 *   +  -                  the last packet arrived whole, or did not
 *   0x03                  interrupt, between packets only
 *
 *   in the payload:  } x  stands for the byte x xor 0x20
 *                    * n  repeats the byte before it n - 29 times
 * </pre>
 */
final class Frames {
    static final byte START = '$';
    static final byte NOTIFICATION = '%';
    static final byte END = '#';
    static final byte ESCAPE = '}';
    static final byte REPEAT = '*';
    static final byte ACK = '+';
    static final byte NACK = '-';
    static final byte INTERRUPT = 3;

    static final int ESCAPE_MASK = 0x20;
    static final int REPEAT_BIAS = 29;
    /** Shorter runs save nothing. */
    static final int SHORTEST_REPEAT = 3;

    static final int LONGEST_REPEAT = '~' - REPEAT_BIAS;

    private Frames() {}

    static boolean mustEscape(byte b) {
        return b == START || b == END || b == ESCAPE || b == REPEAT;
    }
}
