package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.packet.Hex;
import org.retrovisor.gdbstub.wire.Line;

/**
 * One packet being answered.
 *
 * @param interruption requested when the user presses Ctrl-C meanwhile, or leaves
 */
record Exchange(Line line, Interruption interruption) {
    /** Characters in one console packet; small enough for every gdb's buffer. */
    private static final int CHUNK = 1000;

    /** Shows text on gdb's console. gdb takes it only while it waits for the machine to stop or for a monitor command. */
    void console(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += CHUNK) {
            byte[] chunk = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + CHUNK));
            line.send(("O" + Hex.of(chunk)).getBytes(StandardCharsets.US_ASCII));
        }
    }
}
