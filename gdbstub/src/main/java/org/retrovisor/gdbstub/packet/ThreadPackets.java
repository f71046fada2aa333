package org.retrovisor.gdbstub.packet;

/** Packets that name a thread. */
public final class ThreadPackets {
    private ThreadPackets() {}

    /** {@code Hg thread} for registers and memory, {@code Hc thread} for the older resume packets. */
    public record Select(char operation, ThreadId thread) {
        public static Select parse(PacketReader in) {
            char operation = in.character();
            if (operation != 'g' && operation != 'c') {
                throw new MalformedPacket("expected g or c");
            }
            Select result = new Select(operation, ThreadId.parse(in));
            in.end();
            return result;
        }
    }

    /** {@code T thread}: is it alive? */
    public record IsAlive(ThreadId thread) {
        public static IsAlive parse(PacketReader in) {
            IsAlive result = new IsAlive(ThreadId.parse(in));
            in.end();
            return result;
        }
    }

    /** {@code qThreadExtraInfo,thread} */
    public record ExtraInfo(ThreadId thread) {
        public static ExtraInfo parse(PacketReader in) {
            in.expect(',');
            ExtraInfo result = new ExtraInfo(ThreadId.parse(in));
            in.end();
            return result;
        }
    }
}
