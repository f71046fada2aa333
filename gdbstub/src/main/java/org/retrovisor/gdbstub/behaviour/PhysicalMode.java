package org.retrovisor.gdbstub.behaviour;

import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.GeneralPackets.Switch;
import org.retrovisor.gdbstub.packet.GeneralPackets.Whatever;

/** Whether memory packets mean physical addresses. */
final class PhysicalMode {
    private final Conversation conversation;

    PhysicalMode(Conversation conversation) {
        this.conversation = conversation;
    }

    Reply supported(Whatever packet) {
        return Reply.text("PhyMemMode");
    }

    Reply get(Bare packet) {
        return Reply.text(conversation.readsPhysical() ? "1" : "0");
    }

    Reply set(Switch packet) {
        conversation.readPhysical(packet.on());
        return Reply.OK;
    }
}
