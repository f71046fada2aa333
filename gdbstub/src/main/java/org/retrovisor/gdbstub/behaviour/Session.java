package org.retrovisor.gdbstub.behaviour;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.MalformedPacket;
import org.retrovisor.gdbstub.wire.Line;

/** Answers one client's packets, one after another on one thread. Whatever comes in, something goes out and nothing is thrown. */
public final class Session {
    private static final Logger LOG = System.getLogger(Session.class.getName());

    private final Line line;
    private final Conversation conversation;
    private final Protocol protocol;

    public Session(DebugTarget target, Line line) {
        this.line = line;
        this.conversation = new Conversation(target);
        this.protocol = new Protocol(target, conversation, line);
    }

    /** Answers a packet. Returns when the answer is on its way, which for a resume is when the machine has stopped. */
    public void handle(byte[] packet, Interruption interruption) {
        Optional<Row<?>> row = protocol.find(packet);
        Reply reply = row.isEmpty() ? Reply.UNSUPPORTED : answer(row.get(), packet, new Exchange(line, interruption));
        switch (reply) {
            case Reply.Payload payload -> line.send(payload.bytes());
            case Reply.Refusal refusal -> line.send(error(row.orElseThrow().name(), refusal.sentence()));
            case Reply.Silence silence -> {}
        }
    }

    private static Reply answer(Row<?> row, byte[] packet, Exchange exchange) {
        try {
            return row.answer(packet, exchange);
        } catch (MalformedPacket e) {
            return Reply.error("malformed packet " + row.name() + ": " + e.getMessage());
        } catch (TargetError e) {
            return Reply.error(e.getMessage());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the packet " + row.name() + " failed", e);
            return Reply.error("internal error of the stub: " + e);
        }
    }

    /**
     * gdb up to 14 takes error texts nearly everywhere without saying so; in the answer to m it takes any text for memory. Later
     * versions announce that they take them everywhere.
     */
    private byte[] error(String packetName, String sentence) {
        boolean text = conversation.clientSupports("error-message") || !packetName.equals("m");
        return (text ? "E." + printable(sentence) : "E0e").getBytes(StandardCharsets.US_ASCII);
    }

    /** gdb does not undo escapes in an error text, so it must not need any. */
    private static String printable(String sentence) {
        return sentence.replaceAll("[^ -~]|[#$*}]", "?");
    }
}
