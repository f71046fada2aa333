package org.retrovisor.gdbstub.behaviour;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.retrovisor.gdbstub.toy.ToyMachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Packets that are nearly right. Each one must get exactly one answer, and none may reach the stub's last line of defence. */
@Timeout(120)
class PacketFuzzTest {
    private static final int PACKETS = 40_000;
    private static final List<String> SEEDS = List.of(
            "qSupported:multiprocess+;swbreak+;hwbreak+;error-message+", "QStartNoAckMode", "QNonStop:0", "qAttached:1",
            "D;1", "vKill;1", "Hgp1.2", "Hc-1", "Tp1.1", "qC", "qfThreadInfo", "qsThreadInfo", "qThreadExtraInfo,p1.1",
            "QThreadEvents:1", "qXfer:threads:read::0,1000", "g", "p10", "G00112233", "P10=0000000000000000",
            "mffffffff81001000,40", "xffffffff81001000,40", "Mffffffff81001000,2:0011", "Xffffffff81001000,2:ab",
            "qSearch:memory:ffffffff81001000;100;abc", "qCRC:ffffffff81001000,100", "qqemu.PhyMemMode",
            "Qqemu.PhyMemMode:1", "Z0,ffffffff81001011,1;X7,26000222051327", "Z2,ffffffff81002000,8",
            "z0,ffffffff81001011,1", "?", "vCont?", "vCont;c:p1.-1", "vCont;s:p1.1;c", "vCont;r1000,2000:p1.1;c", "c",
            "s",
            "C05", "S05;1000", "bs", "bc", "qXfer:features:read:target.xml:0,ffb", "qXfer:memory-map:read::0,ffb",
            "qRcmd,7768656e");

    @Test
    void eachPacketGetsExactlyOneAnswer() {
        RecordingLine line = new RecordingLine(new ToyMachine().atEnd());
        for (int seed = 0; seed < PACKETS; seed++) {
            byte[] packet = packet(new Random(seed));
            String shown = "seed " + seed + ": " + new String(packet, StandardCharsets.ISO_8859_1);
            String answer = line.ask(packet);
            boolean silent = packet.length > 0 && packet[0] == 'k';
            assertEquals(silent ? 0 : 1, answers(line), shown);
            assertFalse(answer.contains("internal error"), () -> shown + " gave " + answer);
        }
        assertTrue(line.ask("?").startsWith("T05"));
    }

    /** Console output may come before an answer. */
    private static long answers(RecordingLine line) {
        return line.sent.stream()
                .filter(bytes -> bytes.length < 2 || bytes[0] != 'O' || bytes[1] == 'K')
                .count();
    }

    private static byte[] packet(Random random) {
        byte[] packet = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.ISO_8859_1);
        for (int change = random.nextInt(5); change > 0 && packet.length > 0; change--) {
            packet = changed(packet, random);
        }
        return packet;
    }

    private static byte[] changed(byte[] packet, Random random) {
        int at = random.nextInt(packet.length);
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(packet, at);
            case 1 -> joined(Arrays.copyOf(packet, at), Arrays.copyOfRange(packet, at + 1, packet.length));
            case 2 -> joined(packet, Arrays.copyOfRange(packet, at, packet.length));
            case 3 -> with(packet, at, random.nextInt(256));
            default -> with(packet, at, "0123456789abcdef,;:-.xX".charAt(random.nextInt(23)));
        };
    }

    private static byte[] with(byte[] packet, int at, int value) {
        byte[] copy = packet.clone();
        copy[at] = (byte) value;
        return copy;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }
}
