package org.retrovisor.gdbstub.packet;

/** Packets that read and write registers. */
public final class RegisterPackets {
    private RegisterPackets() {}

    /** {@code p number} */
    public record Read(long number) {
        public static Read parse(PacketReader in) {
            Read result = new Read(in.number());
            in.end();
            return result;
        }
    }

    /** {@code P number=value} */
    public record Write(long number, byte[] value) {
        public static Write parse(PacketReader in) {
            long number = in.number();
            in.expect('=');
            return new Write(number, in.hexRest());
        }
    }

    /** {@code G values} */
    public record WriteAll(byte[] values) {
        public static WriteAll parse(PacketReader in) {
            return new WriteAll(in.hexRest());
        }
    }
}
