package org.retrovisor.gdbstub.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FrameTest {
    private final Found found = new Found();

    @Test
    void aPacketIsItsPayload() {
        assertEquals(List.of("packet qC"), decode("$qC#b4"));
    }

    @Test
    void theChecksumMayBeInUpperCase() {
        assertEquals(List.of("packet j", "packet j"), decode("$j#6A$j#6a"));
    }

    @Test
    void aWrongChecksumIsDamage() {
        assertEquals(List.of("damaged", "damaged"), decode("$qC#b5$qC#xy"));
    }

    @Test
    void anEscapedByteIsXoredWithABlank() {
        assertEquals(List.of("packet #"), decode("$}\3#80"));
    }

    @Test
    void aRunLengthRepeatsTheByteBefore() {
        assertEquals(List.of("packet 0000"), decode("$0* #7a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"* ", "0*", "0*\37", "0*\177", "abc}"})
    void anImpossibleEscapeOrRunIsDamage(String body) {
        assertEquals(List.of("damaged"), decode(frame(body)));
    }

    @Test
    void bytesBetweenPacketsAreSkippedUnlessTheyMeanSomething() {
        assertEquals(
                List.of("ack", "nack", "interrupt", "packet ?", "interrupt"), decode("+\r\n-x\3y$?#3f\3#00"));
    }

    @Test
    void aNewStartDropsThePacketBeforeIt() {
        assertEquals(List.of("packet ?"), decode("$m1000,$?#3f"));
    }

    @Test
    void anInterruptByteInsideAPacketIsData() {
        assertEquals(List.of("packet X\3"), decode(frame("X\3")));
    }

    @Test
    void aPacketThatIsTooLongIsReportedAndTheNextOneIsRead() {
        assertEquals(List.of("packet"), decode(frame("a".repeat(Line.MAX_PAYLOAD))).stream()
                .map(text -> text.substring(0, 6)).toList());
        found.list.clear();
        assertEquals(List.of("too long", "packet ?"), decode(frame("a".repeat(Line.MAX_PAYLOAD + 1)) + "$?#3f"));
    }

    @Test
    void runLengthsCanNotBlowAPacketUpBeyondTheLimit() {
        assertEquals(List.of("too long"), decode(frame("0" + "*~".repeat(Line.MAX_PAYLOAD / 97 + 1))));
    }

    @Test
    void whatIsEncodedIsDecodedAgain() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            byte[] payload = new byte[random.nextInt(300)];
            random.nextBytes(payload);
            for (int i = 1; i < payload.length; i++) {
                payload[i] = random.nextInt(10) < 8 ? payload[i - 1] : payload[i];
            }
            found.payload = null;
            feed(FrameEncoder.encode(payload));
            assertArrayEquals(payload, found.payload, "seed " + seed);
        }
    }

    @Test
    void eachRunLengthSurvivesAndAvoidsTheFramesOwnCharacters() {
        for (int length = 1; length < 300; length++) {
            byte[] payload = "0".repeat(length).getBytes(StandardCharsets.US_ASCII);
            byte[] frame = FrameEncoder.encode(payload);
            feed(frame);
            assertArrayEquals(payload, found.payload, "length " + length);
            String body = new String(frame, 1, frame.length - 4, StandardCharsets.US_ASCII);
            assertTrue(body.chars().noneMatch(c -> c == '$' || c == '#' || c == '+' || c == '-'), body);
        }
    }

    private static String frame(String body) {
        int sum = body.chars().sum() & 0xff;
        return "$" + body + "#" + String.format("%02x", sum);
    }

    private List<String> decode(String stream) {
        feed(stream.getBytes(StandardCharsets.ISO_8859_1));
        return found.list;
    }

    private void feed(byte[] bytes) {
        for (byte b : bytes) {
            found.decoder.accept(b);
        }
    }

    private static final class Found implements FrameSink {
        final FrameDecoder decoder = new FrameDecoder(this);
        final List<String> list = new ArrayList<>();
        byte[] payload;

        @Override
        public void packet(byte[] bytes) {
            payload = bytes;
            list.add("packet " + new String(bytes, StandardCharsets.ISO_8859_1));
        }

        @Override
        public void damaged(String why) {
            list.add("damaged");
        }

        @Override
        public void tooLong() {
            list.add("too long");
        }

        @Override
        public void acknowledged() {
            list.add("ack");
        }

        @Override
        public void rejected() {
            list.add("nack");
        }

        @Override
        public void interrupt() {
            list.add("interrupt");
        }
    }
}
