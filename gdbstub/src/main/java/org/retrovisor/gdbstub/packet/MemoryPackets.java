package org.retrovisor.gdbstub.packet;

/** Packets that read, write and search memory. Lengths are in bytes. */
public final class MemoryPackets {
    private MemoryPackets() {}

    /** {@code m address,length} and {@code x address,length} */
    public record Read(long address, int length) {
        public static Read parse(PacketReader in) {
            long address = in.number();
            in.expect(',');
            Read result = new Read(address, in.size());
            in.end();
            return result;
        }
    }

    /** {@code M address,length:hex} and {@code X address,length:bytes} */
    public record Write(long address, byte[] bytes) {
        public static Write parseHex(PacketReader in) {
            long address = in.number();
            in.expect(',');
            int length = in.size();
            in.expect(':');
            Write result = new Write(address, in.hexBytes(length));
            in.end();
            return result;
        }

        public static Write parseBinary(PacketReader in) {
            long address = in.number();
            in.expect(',');
            int length = in.size();
            in.expect(':');
            Write result = new Write(address, in.bytes(length));
            in.end();
            return result;
        }
    }

    /** {@code qSearch:memory:address;length;pattern} */
    public record Search(long address, long length, byte[] pattern) {
        public static Search parse(PacketReader in) {
            in.expect(':');
            long address = in.number();
            in.expect(';');
            long length = in.number();
            in.expect(';');
            Search result = new Search(address, length, in.rest());
            if (result.pattern.length == 0) {
                throw new MalformedPacket("the pattern is empty");
            }
            return result;
        }
    }

    /** {@code qCRC:address,length} */
    public record Checksum(long address, long length) {
        public static Checksum parse(PacketReader in) {
            in.expect(':');
            long address = in.number();
            in.expect(',');
            Checksum result = new Checksum(address, in.number());
            in.end();
            return result;
        }
    }
}
