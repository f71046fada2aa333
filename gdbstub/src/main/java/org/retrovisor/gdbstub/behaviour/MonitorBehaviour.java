package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import org.retrovisor.gdbstub.debuggee.MonitorCommands;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.packet.GeneralPackets.MonitorCommand;
import org.retrovisor.gdbstub.wire.Line;

/**
 * The user's "monitor" commands.
 *
 * <p>All that a command prints is one packet, its reply. Between output packets gdb looks whether the user has pressed Ctrl-C, and then
 * leaves the rest unread, to take it for the answers to what it asks next.
 */
final class MonitorBehaviour {
    /** Characters of output in a reply: each may be three bytes, of two digits each. */
    private static final int MOST_IN_REPLY = Line.MAX_PAYLOAD / 6;

    private final MonitorCommands commands;
    private final Conversation conversation;

    MonitorBehaviour(MonitorCommands commands, Conversation conversation) {
        this.commands = commands;
        this.conversation = conversation;
    }

    /** A gdb that doesn't announce error texts would take one for output in hex, so it gets the sentence as output. */
    Reply execute(MonitorCommand packet, Exchange exchange) {
        StringBuilder output = new StringBuilder();
        try {
            commands.monitorCommand(packet.line(), output::append, exchange.interruption());
        } catch (TargetError e) {
            if (conversation.clientSupports("error-message")) {
                exchange.console(output.toString());
                return Reply.error(e.getMessage());
            }
            output.append(e.getMessage()).append('\n');
        }
        return reply(output.toString(), exchange);
    }

    /** Only what is too long for a packet goes before. */
    private static Reply reply(String output, Exchange exchange) {
        int before = Math.max(0, output.length() - MOST_IN_REPLY);
        exchange.console(output.substring(0, before));
        return output.isEmpty() ? Reply.OK : Reply.hex(output.substring(before).getBytes(StandardCharsets.UTF_8));
    }
}
