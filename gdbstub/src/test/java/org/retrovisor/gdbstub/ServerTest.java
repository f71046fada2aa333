package org.retrovisor.gdbstub;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.retrovisor.gdbstub.toy.ToyMachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The server on a socket, without gdb: ports, second clients, interruptions, and clients that mean harm. */
@Timeout(120)
class ServerTest {
    private static final String STOP = "T\\d\\d[^#]*#..";

    private final ToyMachine machine = new ToyMachine();
    private GdbServer server;

    @BeforeEach
    void serve() throws IOException {
        server = GdbServer.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), machine);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aPortInUseIsAClearError() {
        IOException e = assertThrows(IOException.class, () -> GdbServer.listen(server.address(), machine));
        String port = Integer.toString(server.address().getPort());
        assertTrue(e.getMessage().contains(port) && e.getMessage().contains("in use"), e.getMessage());
    }

    @Test
    void anUnknownHostIsAClearError() {
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no.such.host.invalid", 1234);
        IOException e = assertThrows(IOException.class, () -> GdbServer.listen(nowhere, machine));
        assertTrue(e.getMessage().contains("no.such.host.invalid"), e.getMessage());
    }

    @Test
    void closingFreesThePort() throws IOException {
        InetSocketAddress address = server.address();
        server.close();
        GdbServer.listen(address, machine).close();
    }

    @Test
    void closingEndsARunningSearch() throws Exception {
        machine.makeEndless();
        try (Socket client = connect()) {
            send(client, "$c#63");
            assertEquals("+", read(client, 1));
            machine.awaitSearch();
            server.close();
            machine.awaitInterruption();
        }
    }

    @Test
    void anInterruptionStopsWhatWasSentBeforeIt() throws IOException {
        machine.makeEndless();
        try (Socket client = connect()) {
            send(client, "$c#63$bc#c5\3");
            assertTrue(readUntil(client, "T02[^#]*#.*T02").matches("(?s)\\+\\+\\$T02.*\\$T02.*"));
        }
    }

    @Test
    void anInterruptionBeforeAnythingMovedStopsNothing() throws IOException {
        try (Socket client = connect()) {
            send(client, "\3$c#63");
            assertTrue(readUntil(client, STOP).startsWith("+$T05replaylog:end"));
        }
    }

    @Test
    void anInterruptionBetweenTwoStepsOfACommandStopsTheNextOneWhereItIs() throws IOException {
        for (String step : new String[]{"$s#73", withChecksum("$vCont;s:p1.1;c#"), "$bs#d5", "$bc#c5", "$c#63"}) {
            try (Socket client = connect()) {
                send(client, "$s#73");
                readUntil(client, STOP);
                int before = machine.moment();
                send(client, "\3$g#67$m0,1#fa" + step);
                assertTrue(readUntil(client, STOP).contains("$T02"), step);
                assertEquals(before, machine.moment());
                send(client, "$s#73");
                assertTrue(readUntil(client, STOP).contains("$T05"), "one Ctrl-C is one stop");
                assertEquals(before + 1, machine.moment());
            }
        }
    }

    @Test
    void anInterruptionBetweenTheCommandsOfALoopStopsTheNextOne() throws IOException {
        for (String shown : new String[]{"$qXfer:threads:read::0,1000#92", "$qfThreadInfo#bb"}) {
            try (Socket client = connect()) {
                send(client, "$s#73");
                readUntil(client, STOP);
                int before = machine.moment();
                send(client, "\3" + shown + "$s#73");
                assertTrue(readUntil(client, STOP).contains("$T02"));
                assertEquals(before, machine.moment());
            }
        }
    }

    @Test
    void aSecondInterruptionDoesNotStopTheCommandAfterTheOneThatTheFirstHasStopped() throws IOException {
        try (Socket client = connect()) {
            send(client, "$s#73");
            readUntil(client, STOP);
            send(client, "\3$s#73");
            assertTrue(readUntil(client, STOP).contains("$T02"));
            send(client, "\3$s#73");
            assertTrue(readUntil(client, STOP).contains("$T05"));
        }
    }

    @Test
    void aMonitorCommandUnderWayShowsSignsOfLifeAndEndsWithTheNextPacket() throws Exception {
        try (Socket client = connect()) {
            send(client, monitor("search"));
            assertEquals("+$O#4f", readUntil(client, "#.."));
            send(client, "+");
            assertEquals("$O#4f", readUntil(client, "#.."));
            send(client, "+$qC#b4");
            machine.awaitInterruption();
            assertTrue(readUntil(client, "QC1#..").endsWith("+$QC1#c5"));
        }
    }

    /** gdb throws away what comes before the acknowledgement of its packet. */
    @Test
    void aLateAnswerOfAMonitorCommandIsNeverTakenForThatOfTheNextPacket() throws Exception {
        Random random = new Random(1);
        try (Socket client = connect()) {
            for (int i = 0; i < 300; i++) {
                send(client, monitor("nap"));
                Thread.sleep(0, random.nextInt(1_000_000));
                Thread.sleep(random.nextInt(2));
                send(client, "$qC#b4");
                String text = readUntil(client, "QC1#..");
                assertTrue(text.matches("\\+(\\$OK#9a)?\\+\\$QC1#c5"), text);
            }
        }
    }

    /** "$$" asks whether the client listens; "-" says so. */
    @Test
    void withoutAcknowledgementsAMonitorCommandAnswersWhenTheClientListens() throws Exception {
        try (Socket client = connect()) {
            stopAcknowledging(client);
            send(client, monitor("search"));
            assertEquals("$$", read(client, 2));
            send(client, "-");
            assertEquals("$O#4f$$", read(client, 7));
            send(client, "$qC#b4");
            machine.awaitInterruption();
            assertEquals("$QC1#c5", read(client, 7));
            send(client, "-" + monitor("when"));
            assertEquals("$$", read(client, 2));
            send(client, "-");
            assertTrue(readUntil(client, "#..").startsWith("$6d6f6d656e74"));
        }
    }

    private static void stopAcknowledging(Socket client) throws IOException {
        send(client, withChecksum("$qSupported:QThreadEvents+#"));
        readUntil(client, "\\$.*#..");
        send(client, "+$QStartNoAckMode#b0");
        assertEquals("+$$$OK#9a", read(client, 9));
        send(client, "-+");
    }

    @Test
    void whatTakesLongIsToldOfByNotifications() throws Exception {
        machine.makeMemorySlow();
        try (Socket client = connect()) {
            send(client, withChecksum("$m" + Long.toHexString(ToyMachine.CODE) + ",4#"));
            assertTrue(readUntil(client, "48c7c000#..").matches("\\+(%Working#e1)+\\$48c7c000#.."));
        }
    }

    private static String monitor(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        return withChecksum("$qRcmd," + HexFormat.of().formatHex(bytes) + "#");
    }

    @Test
    void aClientThatSendsWithoutListeningIsHungUpOnAndTheNextOneIsServed() throws IOException {
        machine.makeEndless();
        try (Socket client = connect()) {
            send(client, "$c#63" + "$?#3f".repeat(5000));
            readToEnd(client);
        }
        assertStillServes();
    }

    @Test
    void randomAndMutatedStreamsNeitherKillNorHangIt() throws IOException {
        String[] seeds = {
            "$qSupported:multiprocess+;swbreak+#c9", "+$QStartNoAckMode#b0", "$g#67", "$mffffffff81001000,40#00",
            "$Z0,ffffffff81001011,1;X7,26000222051327#00", "$vCont;c:p1.-1#0f", "$vCont;r1,2:p1.1;c#00", "$bc#c5",
            "$bs#d5",
            "$qXfer:features:read:target.xml:0,1000#00", "$qSearch:memory:ffffffff81001000;100;abc#00", "\3", "$D;1#b0",
            "$qRcmd,7768656e#00", "$Hgp1.2#00", "$X1000,3:}\3}\4a#00", "$0*~*~#00"
        };
        for (int seed = 0; seed < 500; seed++) {
            try (Socket client = connect()) {
                client.getOutputStream().write(stream(new Random(seed), seeds));
                client.getOutputStream().flush();
                client.shutdownOutput();
                readToEnd(client);
            } catch (SocketException e) {
                // Hung up on: as good an answer as any, as long as the next client is served.
            }
        }
        assertStillServes();
    }

    /** Packets in random order, most with the right checksum, some with bytes changed, and noise between them. */
    private static byte[] stream(Random random, String[] seeds) {
        StringBuilder stream = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
            StringBuilder packet = new StringBuilder(seeds[random.nextInt(seeds.length)]);
            for (int change = random.nextInt(4); change > 0; change--) {
                packet.setCharAt(random.nextInt(packet.length()), (char) random.nextInt(256));
            }
            stream.append(random.nextInt(8) == 0 ? packet : withChecksum(packet.toString()));
            if (random.nextInt(10) == 0) {
                stream.append((char) random.nextInt(256));
            }
        }
        return stream.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String withChecksum(String packet) {
        int end = packet.lastIndexOf('#');
        if (!packet.startsWith("$") || end < 0) {
            return packet;
        }
        return packet.substring(0, end) + String.format("#%02x", packet.substring(1, end).chars().sum() & 0xff);
    }

    private void assertStillServes() throws IOException {
        for (int attempt = 0;; attempt++) {
            try (Socket client = connect()) {
                send(client, "$qC#b4");
                String answer = readUntil(client, "QC1");
                if (answer.contains("QC1")) {
                    return;
                }
                assertTrue(attempt < 50, "it answers: " + answer);
            }
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket client, String bytes) throws IOException {
        client.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().flush();
    }

    private static String read(Socket client, int bytes) throws IOException {
        return new String(client.getInputStream().readNBytes(bytes), StandardCharsets.ISO_8859_1);
    }

    /** Reads until a pattern is found in what came, or nothing more comes. */
    private static String readUntil(Socket client, String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern, Pattern.DOTALL);
        StringBuilder text = new StringBuilder();
        InputStream in = client.getInputStream();
        while (!wanted.matcher(text).find()) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            text.append((char) next);
        }
        return text.toString();
    }

    /** A time-out here means that the stub hangs. */
    private static void readToEnd(Socket client) throws IOException {
        try {
            client.getInputStream().readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the stub hangs", e);
        } catch (SocketException e) {
            // Hung up on.
        }
    }
}
