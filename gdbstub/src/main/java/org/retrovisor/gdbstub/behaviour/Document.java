package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import org.retrovisor.gdbstub.packet.GeneralPackets.Transfer;
import org.retrovisor.gdbstub.wire.Line;

/** A text that gdb reads in parts with qXfer. */
final class Document {
    private final String annex;
    private final byte[] bytes;

    Document(String annex, String text) {
        this.annex = annex;
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    /** The answer starts with m when there is more to come and with l when this was the last part. */
    Reply part(Transfer packet) {
        if (!packet.annex().equals(annex)) {
            return Reply.error("there is no document " + packet.annex());
        }
        if (packet.offset() > bytes.length) {
            return Reply.error("the document ends before offset " + packet.offset());
        }
        int left = bytes.length - packet.offset();
        int length = Math.min(left, Math.min(packet.length(), Line.MAX_PAYLOAD / 4));
        return Reply.binary(length < left ? 'm' : 'l', bytes, packet.offset(), length);
    }
}
