package org.retrovisor.gdbstub.packet;

import java.util.HexFormat;

/** Bytes as pairs of hex digits, lower case as gdb writes them. */
public final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {}

    public static String of(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }

    public static String of(long number) {
        return Long.toHexString(number);
    }

    static byte[] parse(String digits) {
        try {
            return FORMAT.parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw new MalformedPacket("expected pairs of hex digits");
        }
    }
}
