package org.retrovisor.gdbstub.behaviour;

import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.features.Register;
import org.retrovisor.gdbstub.features.Registers;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.Hex;
import org.retrovisor.gdbstub.packet.RegisterPackets;

/** Registers of the selected processor. A register that the target doesn't have reads as unavailable: x for each digit. */
final class RegisterBehaviour {
    private final DebugTarget target;
    private final Conversation conversation;

    RegisterBehaviour(DebugTarget target, Conversation conversation) {
        this.target = target;
        this.conversation = conversation;
    }

    /** Only what one usually looks at; gdb asks for the rest by p when the user does. */
    Reply readAll(Bare packet) {
        RegisterFile file = target.registers(conversation.general());
        StringBuilder values = new StringBuilder();
        Registers.IN_BULK.forEach(register -> values.append(value(file, register)));
        return Reply.text(values.toString());
    }

    Reply read(RegisterPackets.Read packet) {
        Register register = existing(packet.number());
        return Reply.text(value(target.registers(conversation.general()), register));
    }

    Reply writeAll(RegisterPackets.WriteAll packet) {
        return Reply.error(target.readOnlyReason());
    }

    Reply write(RegisterPackets.Write packet) {
        existing(packet.number());
        return Reply.error(target.readOnlyReason());
    }

    private static Register existing(long number) {
        return Registers.numbered(number)
                .orElseThrow(() -> new TargetError("there is no register 0x" + Hex.of(number)));
    }

    static String value(RegisterFile file, Register register) {
        return file.read(register).map(Hex::of).orElseGet(() -> "xx".repeat(register.bytes()));
    }
}
