package org.retrovisor.gdbstub.packet;

import java.util.ArrayList;
import java.util.List;

/** Packets that insert and remove breakpoints and watchpoints. */
public final class StopPointPackets {
    private StopPointPackets() {}

    /**
     * {@code Z type,address,kind[;X length,bytecode...]} and {@code z type,address,kind}
     *
     * @param type 0 software breakpoint, 1 hardware breakpoint, 2 write, 3 read, 4 access watchpoint
     * @param kind the length of a watchpoint in bytes; of no use to us for a breakpoint
     * @param conditions agent expressions; it counts when any of them holds, or when there is none
     */
    public record StopPoint(char type, long address, long kind, List<byte[]> conditions) {
        public static StopPoint parse(PacketReader in) {
            char type = in.character();
            in.expect(',');
            long address = in.number();
            in.expect(',');
            long kind = in.number();
            return new StopPoint(type, address, kind, conditions(in));
        }

        private static List<byte[]> conditions(PacketReader in) {
            List<byte[]> conditions = new ArrayList<>();
            // gdb puts one semicolon before the first condition and none between them, its manual notwithstanding.
            while (in.accept(';') || in.peek() == 'X') {
                in.expect('X');
                int length = in.size();
                in.expect(',');
                conditions.add(in.hexBytes(length));
            }
            in.end();
            return List.copyOf(conditions);
        }
    }
}
