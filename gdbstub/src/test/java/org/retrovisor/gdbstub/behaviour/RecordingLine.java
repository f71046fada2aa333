package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.wire.Line;

/** A session without a socket: what goes in and what came out, as text. */
final class RecordingLine implements Line {
    final List<byte[]> sent = new ArrayList<>();
    boolean hungUp;
    boolean acknowledging = true;
    boolean asksAgain;
    private final Session session;

    RecordingLine(DebugTarget target) {
        session = new Session(target, this);
    }

    /** The answer to a packet, with console output before it, separated by blanks. */
    String ask(String packet) {
        return ask(packet.getBytes(StandardCharsets.ISO_8859_1));
    }

    String ask(byte[] packet) {
        sent.clear();
        session.handle(packet, Interruption.NEVER);
        return String.join(
                " ",
                sent.stream().map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1)).toList());
    }

    @Override
    public void send(byte[] payload) {
        sent.add(payload);
    }

    @Override
    public void offer(byte[] payload) {
        sent.add(payload);
    }

    @Override
    public void stillAtWork() {}

    @Override
    public void keepWaiting() {}

    @Override
    public void stopAcknowledging(boolean asksAgain) {
        acknowledging = false;
        this.asksAgain = asksAgain;
    }

    @Override
    public void hangUp() {
        hungUp = true;
    }
}
