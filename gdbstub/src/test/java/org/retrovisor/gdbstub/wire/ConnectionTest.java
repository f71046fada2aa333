package org.retrovisor.gdbstub.wire;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConnectionTest {
    private final StringBuilder sent = new StringBuilder();
    private final StringBuilder heard = new StringBuilder();
    private final Connection connection = new Connection(bytes -> sent.append(text(bytes)),
            () -> sent.append("<closed>"), line -> new Echo(line, heard));

    @Test
    void aPacketIsAcknowledgedBeforeItIsAnswered() {
        assertEquals("+$?#3f", exchange("$?#3f"));
    }

    @Test
    void aDamagedPacketIsAskedForAgain() {
        assertEquals("-", exchange("$?#3e"));
    }

    @Test
    void theLastPacketIsRepeatedWhenTheClientAsks() {
        assertEquals("+$?#3f$?#3f$?#3f", exchange("$?#3f--"));
    }

    @Test
    void withoutAcknowledgementsADamagedPacketGetsAnErrorSoThatNobodyWaits() {
        connection.stopAcknowledging();
        assertTrue(exchange("$?#3e").startsWith("$E.the packet was damaged"));
    }

    @Test
    void withoutAcknowledgementsNothingIsAcknowledgedOrRepeated() {
        connection.stopAcknowledging();
        assertEquals("$?#3f", exchange("+$?#3f-"));
    }

    @Test
    void aPacketThatIsTooLongGetsAnError() {
        assertTrue(exchange("$" + "a".repeat(Line.MAX_PAYLOAD + 1) + "#00").startsWith("+$E.the packet is longer"));
    }

    @Test
    void anInterruptGoesToTheListener() {
        exchange("\3");
        assertEquals("interrupt;", heard.toString());
    }

    @Test
    void hangingUpClosesTheLine() {
        connection.hangUp();
        assertEquals("<closed>", sent.toString());
    }

    private String exchange(String bytes) {
        for (byte b : bytes.getBytes(StandardCharsets.ISO_8859_1)) {
            connection.received(b);
        }
        return sent.toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Answers each packet with itself. */
    private record Echo(Line line, StringBuilder heard) implements LineListener {
        @Override
        public void packet(byte[] payload) {
            line.send(payload);
        }

        @Override
        public void interrupt() {
            heard.append("interrupt;");
        }

        @Override
        public void disconnected() {
            heard.append("disconnected;");
        }
    }
}
