package org.retrovisor.tools.conformance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SuiteGuestTest {
    @TempDir
    Path folder;

    @Test
    void theConsoleTellsHowEachProgramEnded() {
        Map<String, SuiteGuest.Ending> endings = SuiteGuest.endings("""
                [    0.1] something of the kernel\r
                suite begin good-64\r
                suite end good-64 0\r
                suite begin bad-32\r
                what it said\r
                and more\r
                suite end bad-32 134\r
                suite begin last-64\r
                Kernel panic\r
                """);
        assertEquals(List.of("good-64", "bad-32", "last-64"), List.copyOf(endings.keySet()));
        assertEquals(new SuiteGuest.Ending(0, ""), endings.get("good-64"));
        assertEquals(new SuiteGuest.Ending(134, "what it said\nand more"), endings.get("bad-32"));
        assertEquals(-1, endings.get("last-64").code(), "the guest ended before it");
    }

    @Test
    void theArchiveHoldsTheProgramsAndTheLibrariesOfBothSizes() throws IOException {
        Path system = folder.resolve("system");
        for (String library : List.of("ld-linux.so.2", "libc.so.6", "libm.so.6", "libpthread.so.0", "librt.so.1",
                "libdl.so.2", "libgcc_s.so.1")) {
            write(system.resolve("lib32").resolve(library));
            write(system.resolve("lib/x86_64-linux-gnu").resolve(library));
        }
        write(system.resolve("lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
        write(folder.resolve("busybox"));
        write(folder.resolve("one-64"));
        byte[] archive = SuiteGuest.initramfs(folder.resolve("busybox"), system, folder, List.of("one-64"));
        String text = new String(new GZIPInputStream(new ByteArrayInputStream(archive)).readAllBytes(),
                StandardCharsets.ISO_8859_1);
        for (String name : List.of("suite/one-64", "lib/ld-linux.so.2", "lib64/ld-linux-x86-64.so.2",
                "lib32/libgcc_s.so.1", "lib64/libc.so.6", "init", "programs")) {
            assertTrue(text.contains(name + "\0"), name);
        }
    }

    private static void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "contents");
    }
}
