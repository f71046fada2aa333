package org.retrovisor.tools.guests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class EmbeddedGuestTest {
    private static final Path SOURCES = Path.of("src/main/guest");

    /** The binutils that the ELF files in the repository were built with; another version may lay them out otherwise. */
    private static final String BINUTILS = "2.40";

    private static final int MULTIBOOT_MAGIC = 0x1BADB002;
    private static final int MULTIBOOT_ADDRESSES = 0x10000;
    private static final int MULTIBOOT_SEARCH_BYTES = 8192;
    private static final int PT_LOAD = 1;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void theMemoryImageInTheRepositoryIsWhatItsSourcesGive(EmbeddedGuest guest) throws Exception {
        assertArrayEquals(loadedBytes(guest.bytes()), loadedBytes(rebuild(SOURCES, guest)));
    }

    @ParameterizedTest
    @EnumSource
    void theWholeFileInTheRepositoryIsWhatItsSourcesGive(EmbeddedGuest guest) throws Exception {
        String version = Programs.run(directory, List.of("as", "--version")).lines().findFirst().orElse("");
        Programs.require(version.contains(BINUTILS), "the comparison of whole files needs binutils " + BINUTILS);
        assertArrayEquals(guest.bytes(), rebuild(SOURCES, guest));
    }

    @Test
    void theFileDoesNotDependOnTheFolderItIsBuiltIn() throws Exception {
        Path copy = directory.resolve("elsewhere/with a blank");
        copyTree(SOURCES, copy);
        assertArrayEquals(rebuild(SOURCES, EmbeddedGuest.RACER), rebuild(copy, EmbeddedGuest.RACER));
    }

    @ParameterizedTest
    @EnumSource
    void aMultibootHeaderWithLoadAddressesLiesAtTheBeginning(EmbeddedGuest guest) {
        ByteBuffer file = ByteBuffer.wrap(guest.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        int header = multibootHeader(file);
        int flags = file.getInt(header + 4);
        assertEquals(0, MULTIBOOT_MAGIC + flags + file.getInt(header + 8), "checksum");
        assertEquals(MULTIBOOT_ADDRESSES, flags & MULTIBOOT_ADDRESSES);
        long entry = file.getLong(24);
        assertEquals(entry, file.getInt(header + 28), "both kinds of loader enter at the same address");
    }

    @ParameterizedTest
    @EnumSource
    void theFileIsSmallAndNamesNoPathOfTheBuild(EmbeddedGuest guest) {
        byte[] bytes = guest.bytes();
        assertTrue(bytes.length < 48 * 1024, bytes.length + " bytes");
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains("tools/src/main/guest"), "debug information points to the sources");
        for (String prefix : List.of("/tmp/", "/home/", "/root/", "/work/", "/build/")) {
            assertTrue(!text.contains(prefix), prefix);
        }
    }

    /** An opinion from outside on the self test itself; too large a program to ask for, so optional even under CI. */
    @Test
    void theSelfTestPassesOnQemu() throws Exception {
        assumeTrue(Programs.isInstalled("qemu-system-x86_64"), "qemu-system-x86_64 is not installed");
        Path elf = Files.write(directory.resolve("selftest.elf"), EmbeddedGuest.SELFTEST.bytes());
        Path console = directory.resolve("console");
        Programs.run(directory,
                List.of("qemu-system-x86_64", "-kernel", elf.toString(), "-display", "none", "-no-reboot",
                        "-monitor", "none", "-nic", "none", "-accel", "tcg", "-cpu", "max", "-serial",
                        "file:" + console));
        List<String> lines = Files.readAllLines(console, StandardCharsets.ISO_8859_1);
        assertEquals(List.of(), lines.stream().filter(line -> line.startsWith("FAIL")).toList());
        assertEquals("0 tests failed", lines.getLast());
    }

    private byte[] rebuild(Path sources, EmbeddedGuest guest) throws IOException, InterruptedException {
        Programs.requireInstalled("as", "ld", "objcopy");
        Path out = directory.resolve("out");
        Programs.run(directory, List.of(sources.resolve("build.sh").toAbsolutePath().toString(), out.toString()));
        return Files.readAllBytes(out.resolve(guest.fileName()));
    }

    private static int multibootHeader(ByteBuffer file) {
        for (int at = 0; at < Math.min(MULTIBOOT_SEARCH_BYTES, file.limit() - 32); at += 4) {
            if (file.getInt(at) == MULTIBOOT_MAGIC) {
                return at;
            }
        }
        throw new AssertionError("no multiboot header");
    }

    /** What a loader copies to memory: the contents of all loadable segments, one behind the other. */
    private static byte[] loadedBytes(byte[] elf) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        int headers = Math.toIntExact(file.getLong(32));
        int headerBytes = file.getShort(54);
        ByteBuffer loaded = ByteBuffer.allocate(elf.length);
        for (int i = 0; i < file.getShort(56); i++) {
            int header = headers + i * headerBytes;
            if (file.getInt(header) == PT_LOAD) {
                loaded.put(elf, Math.toIntExact(file.getLong(header + 8)), Math.toIntExact(file.getLong(header + 32)));
            }
        }
        assertTrue(loaded.position() > 1024, "the guest has contents");
        byte[] result = new byte[loaded.position()];
        loaded.flip().get(result);
        return result;
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (var paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                Files.createDirectories(target.getParent());
                Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
