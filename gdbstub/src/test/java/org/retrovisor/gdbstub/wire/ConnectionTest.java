package org.retrovisor.gdbstub.wire;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConnectionTest {
    private final StringBuilder sent = new StringBuilder();
    private final StringBuilder heard = new StringBuilder();
    private final Connection connection = new Connection(bytes -> sent.append(text(bytes)),
            () -> sent.append("<closed>"), Echo::new);
    /** Whether packets are answered. */
    private boolean listening = true;
    /** Whether an answer to something before is sent when a packet comes. */
    private boolean late;

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
    void withoutAcknowledgementsWhatIsOfferedLeavesWhenTheClientListens() {
        connection.stopAcknowledging(true);
        exchange("-$?#3f");
        sent.setLength(0);
        connection.offer(bytes("one"));
        connection.offer(bytes("two"));
        assertEquals("$$", sent.toString());
        assertEquals("$$$one#42$$", exchange("-"));
        assertEquals("$$$one#42$$$two#5a", exchange("-"));
    }

    @Test
    void withoutAcknowledgementsWhatIsOfferedIsForgottenWhenTheClientGoesOn() {
        connection.stopAcknowledging(true);
        exchange("-$?#3f");
        connection.offer(bytes("one"));
        sent.setLength(0);
        assertEquals("$?#3f", exchange("$?#3f-"));
        connection.offer(bytes("two"));
        assertEquals("$?#3f$two#5a", sent.toString(), "the question was read behind the packet: it listens");
        connection.offer(bytes("three"));
        assertEquals("$?#3f$two#5a$$", sent.toString(), "and may not any more");
    }

    @Test
    void aClientThatHasGivenUpIsAskedAgain() {
        connection.stopAcknowledging(true);
        exchange("-$?#3f---");
        sent.setLength(0);
        connection.offer(bytes("one"));
        assertEquals("$$", sent.toString());
    }

    @Test
    void aClientThatDoesNotAnswerIsNotAskedAgain() {
        for (boolean asksAgain : new boolean[]{true, false}) {
            connection.stopAcknowledging(asksAgain);
            exchange("$?#3f");
            sent.setLength(0);
            connection.stillAtWork();
            connection.offer(bytes("one"));
            assertEquals("$one#42", sent.toString());
        }
    }

    @Test
    void aClientIsKeptWaitingByNotifications() {
        connection.keepWaiting();
        assertEquals("%Working#e1", sent.toString());
    }

    @Test
    void withoutAcknowledgementsADamagedPacketGetsAnErrorSoThatNobodyWaits() {
        connection.stopAcknowledging(false);
        assertTrue(exchange("$?#3e").startsWith("$E.the packet was damaged"));
    }

    @Test
    void withoutAcknowledgementsNothingIsAcknowledgedOrRepeated() {
        connection.stopAcknowledging(false);
        assertEquals("$?#3f", exchange("+$?#3f-"));
    }

    @Test
    void whatIsRepeatedIsNeverTheAnswerToAnotherPacket() {
        exchange("$?#3f");
        listening = false;
        assertEquals("+$?#3f+", exchange("$c#63-"));
    }

    @Test
    void aPacketIsAcknowledgedAfterAllThatBelongsToThoseBefore() {
        late = true;
        assertEquals("$late#a6+$?#3f", exchange("$?#3f"));
    }

    @Test
    void aPacketThatIsSentAgainIsAnsweredOnce() {
        assertEquals("+$?#3f+", exchange("+$?#3f$?#3f"));
        assertEquals("+$?#3f++$?#3f", exchange("+$?#3f"), "but the client may ask the same again");
    }

    @Test
    void aClientThatNeverAcknowledgesMayAskTheSameAgain() {
        assertEquals("+$?#3f+$?#3f", exchange("$?#3f$?#3f"));
    }

    @Test
    void signsOfLifeWaitForTheirAcknowledgements() {
        connection.stillAtWork();
        connection.stillAtWork();
        assertEquals("$O#4f", sent.toString());
        exchange("+");
        connection.stillAtWork();
        assertEquals("$O#4f$O#4f", sent.toString());
    }

    @Test
    void withoutAcknowledgementsSignsOfLifeWaitForTheClient() {
        connection.stopAcknowledging(true);
        exchange("-$?#3f");
        sent.setLength(0);
        connection.stillAtWork();
        connection.stillAtWork();
        assertEquals("$$", sent.toString());
        assertEquals("$$$O#4f", exchange("-"));
        connection.stillAtWork();
        assertEquals("$$$O#4f$$", sent.toString());
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

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Answers each packet with itself. */
    private final class Echo implements LineListener {
        private final Line line;

        Echo(Line line) {
            this.line = line;
        }

        @Override
        public void overtaken() {
            if (late) {
                line.send("late".getBytes(StandardCharsets.ISO_8859_1));
            }
        }

        @Override
        public void packet(byte[] payload) {
            if (listening) {
                line.send(payload);
            }
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
