package org.retrovisor.tools.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.tools.ExitCode;
import org.retrovisor.tools.guests.EmbeddedGuest;
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

    @Test
    void aGdbThatIsStartedHasTheSymbolsThatWereGivenAndOurCommands() throws Exception {
        Programs.requireInstalled("gdb");
        Path said = folder.resolve("said.txt");
        Path gdb = Files.writeString(folder.resolve("gdb-in-a-file"), """
                #!/bin/sh
                exec gdb -nx -batch "$@" -ex 'info symbol $pc' -ex 'retro seek 100' > %s 2>&1
                """.formatted(said));
        assertTrue(gdb.toFile().setExecutable(true));
        Path symbols = Files.write(folder.resolve("my kernel.elf"), EmbeddedGuest.RACER.bytes());
        Invocation.of("debug", trace, "--gdb", gdb, "--symbols", symbols).succeeded();
        String shown = Files.readString(said);
        assertTrue(shown.contains(" in section "), shown);
        assertTrue(shown.contains("moment 100 of 2000000"), shown);
        assertTrue(shown.contains("#0  "), shown);
    }

    @Test
    void aFileWithoutSymbolsIsRefusedBeforeTheWayToTheEnd() throws Exception {
        Path missing = folder.resolve("none");
        Invocation.of("debug", trace, "--symbols", missing).refused(ExitCode.MISSING_FILE, missing + " does not exist");
        Invocation.of("debug", trace, "--symbols", folder).refused(ExitCode.MISSING_FILE, "cannot be read as a file");
        Path text = Files.writeString(folder.resolve("vmlinuz"), "not an ELF file".repeat(10));
        Invocation.of("debug", trace, "--symbols", text)
                .refused(ExitCode.BAD_SYMBOLS, "is not an ELF file for x86-64 (a vmlinux, not a vmlinuz, is needed)");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
