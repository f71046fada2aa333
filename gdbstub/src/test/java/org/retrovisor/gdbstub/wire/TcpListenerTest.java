package org.retrovisor.gdbstub.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;

@Timeout(60)
class TcpListenerTest {
    /** More than a host keeps for a client that doesn't read, less than is unsent at most. */
    private static final int PACKETS = 80;
    private static final byte[] PACKET = "?!".repeat(50_000).getBytes(StandardCharsets.US_ASCII);

    private final CountDownLatch gone = new CountDownLatch(1);

    @Test
    void aClientThatStopsToReadLosesItsSeatToTheNextOne() throws Exception {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (TcpListener listener = TcpListener.listen(anyPort, Talker::new, Duration.ofMillis(200));
                Socket deaf = new Socket()) {
            deaf.setReceiveBufferSize(1 << 12);
            deaf.connect(listener.address());
            gone.await();
            try (Socket next = new Socket(listener.address().getAddress(), listener.address().getPort())) {
                int frame = PACKET.length + "$#cc".length();
                assertEquals(PACKETS * frame, next.getInputStream().readNBytes(PACKETS * frame).length);
            }
        }
    }

    /** Sends much to whoever connects. */
    private final class Talker implements LineListener {
        Talker(Line line) {
            for (int i = 0; i < PACKETS; i++) {
                line.send(PACKET);
            }
        }

        @Override
        public void overtaken() {}

        @Override
        public void packet(byte[] payload) {}

        @Override
        public void interrupt() {}

        @Override
        public void disconnected() {
            gone.countDown();
        }
    }
}
