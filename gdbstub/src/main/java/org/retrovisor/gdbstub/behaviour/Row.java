package org.retrovisor.gdbstub.behaviour;

import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.retrovisor.gdbstub.packet.PacketReader;

/**
 * One row of the protocol: a packet's name, how its arguments are read and what it does.
 *
 * @param feature what qSupported says because this row is there; empty for nothing
 */
record Row<P>(String name, Function<PacketReader, P> parser, BiFunction<P, Exchange, Reply> behaviour, String feature) {

    static <P> Row<P> row(String name, Function<PacketReader, P> parser, Function<P, Reply> behaviour) {
        return new Row<>(name, parser, (packet, exchange) -> behaviour.apply(packet), "");
    }

    /** A packet whose behaviour takes time or talks to the console. */
    static <P> Row<P> longRow(String name, Function<PacketReader, P> parser, BiFunction<P, Exchange, Reply> behaviour) {
        return new Row<>(name, parser, behaviour, "");
    }

    Row<P> says(String announcement) {
        return new Row<>(name, parser, behaviour, announcement);
    }

    /** Whether the packet is this one: names that are words end where letters and digits end, so qC is not qCRC. */
    boolean matches(byte[] packet) {
        byte[] wanted = name.getBytes(StandardCharsets.US_ASCII);
        if (packet.length < wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (packet[i] != wanted[i]) {
                return false;
            }
        }
        return !isWord() || packet.length == wanted.length || !Character.isLetterOrDigit(packet[wanted.length]);
    }

    private boolean isWord() {
        return name.length() > 1;
    }

    Reply answer(byte[] packet, Exchange exchange) {
        return behaviour.apply(parser.apply(new PacketReader(packet, name.length())), exchange);
    }
}
