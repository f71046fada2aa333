package org.retrovisor.gdbstub.behaviour;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.GeneralPackets.Supported;
import org.retrovisor.gdbstub.packet.GeneralPackets.Switch;
import org.retrovisor.gdbstub.packet.GeneralPackets.Whatever;
import org.retrovisor.gdbstub.packet.Hex;
import org.retrovisor.gdbstub.wire.Line;

/** The conversation itself: what both sides can do, how packets are acknowledged, how it ends. */
final class GeneralBehaviour {
    private final Conversation conversation;
    private final StopPointTable stopPoints;
    private final Line line;
    private final Supplier<List<String>> announcements;

    GeneralBehaviour(
            Conversation conversation, StopPointTable stopPoints, Line line, Supplier<List<String>> announcements) {
        this.conversation = conversation;
        this.stopPoints = stopPoints;
        this.line = line;
        this.announcements = announcements;
    }

    Reply supported(Supported packet) {
        conversation.clientSupports(Set.copyOf(packet.features()));
        return Reply.text("PacketSize=" + Hex.of(Line.MAX_PAYLOAD) + ";" + String.join(";", announcements.get()));
    }

    /**
     * The reply itself still gets an acknowledgement, which is ignored like all of them. Clients that take this packet for granted, as
     * LLDB does, send it before they say who they are.
     */
    Reply startNoAckMode(Bare packet) {
        line.stopAcknowledging(conversation.clientSupports("QThreadEvents"));
        return Reply.OK;
    }

    Reply nonStop(Switch packet) {
        return packet.on() ? Reply.error("a machine's processors can't be stopped one by one") : Reply.OK;
    }

    /** The machine was there before gdb, so gdb's "quit" detaches instead of killing. */
    Reply attached(Whatever packet) {
        return Reply.text("1");
    }

    /** Also for vKill: a recorded machine can't be killed, only left. The next client finds it where this one left it. */
    Reply detach(Whatever packet) {
        stopPoints.clear();
        return Reply.OK;
    }

    Reply kill(Whatever packet) {
        stopPoints.clear();
        line.hangUp();
        return Reply.NONE;
    }
}
