package org.retrovisor.tools.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.guests.Programs;
import sun.misc.Signal;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A trace is served, a real gdb walks on it, and Ctrl-C ends the service. */
@Timeout(120)
class DebugTest {
    @TempDir
    static Path folder;
    private static Path trace;

    @BeforeAll
    static void record() {
        trace = RacerTrace.shortOne(folder);
    }

    @Test
    void aServedTraceStandsAtItsEndAndGoesBack() throws Exception {
        Programs.requireInstalled("gdb");
        String address = "127.0.0.1:" + freePort();
        CompletableFuture<Invocation> service = CompletableFuture
                .supplyAsync(() -> Invocation.of("debug", trace, "--listen", address));
        String shown = Programs.run(folder,
                List.of("gdb", "-nx", "-batch", "-ex", "set architecture i386:x86-64", "-ex",
                        "set tcp auto-retry on", "-ex", "set tcp connect-timeout 60", "-ex", "target remote " + address,
                        "-ex",
                        "print $moment", "-ex", "reverse-stepi", "-ex", "print $moment", "-ex", "detach"));
        assertTrue(shown.contains("$1 = 2000000"), shown);
        assertTrue(shown.contains("$2 = 1999999"), shown);
        Signal.raise(new Signal("TERM"));
        Invocation served = service.get().ended(ExitCode.INTERRUPTED);
        assertTrue(served.err().contains("target remote " + address), served.err());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
