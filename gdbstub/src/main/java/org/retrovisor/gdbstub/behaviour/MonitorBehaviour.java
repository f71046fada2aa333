package org.retrovisor.gdbstub.behaviour;

import org.retrovisor.gdbstub.debuggee.MonitorCommands;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.GeneralPackets.MonitorCommand;

/** The user's "monitor" commands. */
final class MonitorBehaviour {
    private final MonitorCommands commands;
    private final Conversation conversation;

    MonitorBehaviour(MonitorCommands commands, Conversation conversation) {
        this.commands = commands;
        this.conversation = conversation;
    }

    /** A gdb that doesn't announce error texts would take one for output in hex, so it gets the sentence as output. */
    Reply execute(MonitorCommand packet, Exchange exchange) {
        try {
            commands.monitorCommand(packet.line(), exchange::console, exchange.interruption());
            return Reply.OK;
        } catch (TargetError e) {
            if (conversation.clientSupports("error-message")) {
                return Reply.error(e.getMessage());
            }
            exchange.console(e.getMessage() + "\n");
            return Reply.OK;
        }
    }
}
