package org.retrovisor.gdbstub.behaviour;

import java.util.List;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.gdbstub.features.Registers;
import org.retrovisor.gdbstub.packet.Hex;

/** Turns stops into stop replies (GDB's manual, "Stop Reply Packets"). */
final class StopReplies {
    private static final String TRAP = "05";
    /** gdb calls it EXC_BREAKPOINT. */
    private static final String BREAKPOINT_EXCEPTION = "96";
    private static final String INTERRUPT = "02";
    /** Sent with each stop, so that gdb need not ask for them in the many small steps of reverse-next and the like. */
    private static final List<Register> EXPEDITED = List.of(Registers.RBP, Registers.RSP, Registers.RIP);

    private final DebugTarget target;
    private final Conversation conversation;

    StopReplies(DebugTarget target, Conversation conversation) {
        this.target = target;
        this.conversation = conversation;
    }

    Reply of(Stop stop) {
        conversation.stoppedOn(stop.processor());
        return Reply.text("T" + signal(stop) + reason(stop) + where(stop.processor()));
    }

    /** gdb takes a trap that it has no breakpoint for as the end of a step; so a stop of our own is another signal. */
    private static String signal(Stop stop) {
        return switch (stop) {
            case Stop.Interrupted interrupted -> INTERRUPT;
            case Stop.AtOwnWatch own -> BREAKPOINT_EXCEPTION;
            default -> TRAP;
        };
    }

    private String reason(Stop stop) {
        return switch (stop) {
            case Stop.Stepped stepped -> "";
            case Stop.Interrupted interrupted -> "";
            case Stop.AtOwnWatch own -> "";
            case Stop.AtBreakpoint at -> reason(at.breakpoint());
            case Stop.AtWatchpoint at ->
                switch (at.watchpoint().kind()) {
                    case WRITE -> "watch:";
                    case READ -> "rwatch:";
                    case ACCESS -> "awatch:";
                } + Hex.of(at.address()) + ";";
            case Stop.BeginningOfTrace beginning -> "replaylog:begin;";
            case Stop.EndOfTrace end -> "replaylog:end;";
        };
    }

    private String reason(Breakpoint breakpoint) {
        String reason = breakpoint.kind() == Breakpoint.Kind.SOFTWARE ? "swbreak" : "hwbreak";
        return conversation.clientSupports(reason) ? reason + ":;" : "";
    }

    private String where(ProcessorId processor) {
        RegisterFile file = target.registers(processor);
        StringBuilder text = new StringBuilder();
        text.append("thread:").append(conversation.name(processor)).append(';');
        text.append("core:").append(Hex.of(processor.index())).append(';');
        for (Register register : EXPEDITED) {
            text.append(String.format("%02x:", register.number()));
            text.append(RegisterBehaviour.value(file, register)).append(';');
        }
        return text.toString();
    }
}
