package org.retrovisor.gdbstub.behaviour;

import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.PhysicalMemory;
import org.retrovisor.gdbstub.packet.Hex;
import org.retrovisor.gdbstub.packet.MemoryPackets;
import org.retrovisor.gdbstub.wire.Line;

/** Memory as the selected processor sees it, or physical memory while that mode is on. */
final class MemoryBehaviour {
    /** Bytes in one answer; the protocol lets a stub return fewer than asked for. */
    private static final int MAX_READ = Line.MAX_PAYLOAD / 2 - 16;

    private final DebugTarget target;
    private final Conversation conversation;

    MemoryBehaviour(DebugTarget target, Conversation conversation) {
        this.target = target;
        this.conversation = conversation;
    }

    Reply readHex(MemoryPackets.Read packet) {
        return Reply.hex(bytes(packet));
    }

    Reply readBinary(MemoryPackets.Read packet) {
        byte[] bytes = bytes(packet);
        return Reply.binary('b', bytes, 0, bytes.length);
    }

    /** gdb writes no bytes to learn whether it may send X at all. */
    Reply write(MemoryPackets.Write packet) {
        return packet.bytes().length == 0 ? Reply.OK : Reply.error(target.readOnlyReason());
    }

    Reply search(MemoryPackets.Search packet, Exchange exchange) {
        return new MemoryScan(this::read, exchange.interruption())
                .find(packet.address(), packet.length(), packet.pattern())
                .map(address -> Reply.text("1," + Hex.of(address)))
                .orElseGet(() -> Reply.text("0"));
    }

    Reply checksum(MemoryPackets.Checksum packet, Exchange exchange) {
        int crc = new MemoryScan(this::read, exchange.interruption()).crc(packet.address(), packet.length());
        return Reply.text("C" + Integer.toHexString(crc));
    }

    private byte[] bytes(MemoryPackets.Read packet) {
        return packet.length() == 0 ? new byte[0] : read(packet.address(), Math.min(packet.length(), MAX_READ));
    }

    private byte[] read(long address, int length) {
        if (conversation.readsPhysical() && target instanceof PhysicalMemory memory) {
            return memory.readPhysical(address, length);
        }
        return target.readMemory(conversation.general(), address, length);
    }
}
