package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.GeneralPackets.Switch;
import org.retrovisor.gdbstub.packet.GeneralPackets.Transfer;
import org.retrovisor.gdbstub.packet.ThreadPackets;

/** Threads are processors. They are all there from the beginning to the end. */
final class ThreadBehaviour {
    private final DebugTarget target;
    private final Conversation conversation;

    ThreadBehaviour(DebugTarget target, Conversation conversation) {
        this.target = target;
        this.conversation = conversation;
    }

    Reply select(ThreadPackets.Select packet) {
        if (packet.operation() == 'g') {
            conversation.selectGeneral(packet.thread());
        } else {
            conversation.selectResuming(packet.thread());
        }
        return Reply.OK;
    }

    Reply isAlive(ThreadPackets.IsAlive packet) {
        conversation.processor(packet.thread());
        return Reply.OK;
    }

    Reply current(Bare packet) {
        return Reply.text("QC" + conversation.name(conversation.general()));
    }

    Reply firstList(Bare packet) {
        return Reply.text("m"
                + target.processors().stream().map(conversation::name).collect(Collectors.joining(",")));
    }

    Reply restOfList(Bare packet) {
        return Reply.text("l");
    }

    Reply extraInfo(ThreadPackets.ExtraInfo packet) {
        String text = target.describe(conversation.processor(packet.thread()));
        return Reply.hex(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Processors neither come nor go, so there is never an event to tell. */
    Reply events(Switch packet) {
        return Reply.OK;
    }

    Reply document(Transfer packet) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<threads>\n");
        for (ProcessorId processor : target.processors()) {
            xml.append("<thread id=\"").append(conversation.name(processor));
            xml.append("\" core=\"").append(processor.index());
            xml.append("\" name=\"processor ").append(processor.index()).append("\">");
            xml.append(escape(target.describe(processor))).append("</thread>\n");
        }
        return new Document("", xml.append("</threads>\n").toString()).part(packet);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
