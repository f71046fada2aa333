package org.retrovisor.gdbstub.packet;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Packets about the conversation itself (GDB's manual, "General Query Packets"). */
public final class GeneralPackets {
    private GeneralPackets() {}

    /** A packet that is only its name: ?, g, qC, bs, ... */
    public record Bare() {
        public static Bare parse(PacketReader in) {
            in.end();
            return new Bare();
        }
    }

    /** A packet whose arguments don't matter: vMustReplyEmpty, qAttached:1, D;1, vKill;1, k. */
    public record Whatever() {
        public static Whatever parse(PacketReader in) {
            return new Whatever();
        }
    }

    /** {@code qSupported:feature;feature;...} */
    public record Supported(List<String> features) {
        public static Supported parse(PacketReader in) {
            if (in.atEnd()) {
                return new Supported(List.of());
            }
            in.expect(':');
            String[] features = in.wordUpTo('\0').split(";", -1);
            return new Supported(Stream.of(features).filter(feature -> !feature.isEmpty()).toList());
        }
    }

    /** A switch: {@code QNonStop:0}, {@code QThreadEvents:1}. */
    public record Switch(boolean on) {
        public static Switch parse(PacketReader in) {
            in.expect(':');
            Switch result = new Switch(in.flag());
            in.end();
            return result;
        }
    }

    /** {@code qRcmd,hex}: a monitor command. */
    public record MonitorCommand(String line) {
        public static MonitorCommand parse(PacketReader in) {
            in.expect(',');
            return new MonitorCommand(new String(in.hexRest(), StandardCharsets.UTF_8));
        }
    }

    /** {@code qXfer:object:read:annex:offset,length}, from the annex on. */
    public record Transfer(String annex, int offset, int length) {
        public static Transfer parse(PacketReader in) {
            in.expect(':');
            String annex = in.wordUpTo(':');
            int offset = in.size();
            in.expect(',');
            Transfer result = new Transfer(annex, offset, in.size());
            in.end();
            return result;
        }
    }
}
