package org.retrovisor.tools.guests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CpioArchiveTest {
    private static final byte[] CONTENTS = "seven b".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path directory;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void cpioListsWhatWasAdded() throws Exception {
        Programs.requireInstalled("cpio");
        Path file = Files.write(directory.resolve("archive"), example());
        String listing = Programs.run(directory,
                List.of("cpio", "-itv", "--quiet", "--numeric-uid-gid", "-F", file.toString()));
        List<String> lines = listing.lines().map(line -> line.replaceAll(" +", " ")).toList();
        assertEquals(List.of(
                "drwxr-xr-x 2 0 0 0 Jan 1 1970 dev",
                "crw------- 1 0 0 5, 1 Jan 1 1970 dev/console",
                "-rwxr-x--- 1 0 0 7 Jan 1 1970 dev/tool",
                "lrwxrwxrwx 1 0 0 8 Jan 1 1970 init -> dev/tool",
                "-rw-r--r-- 1 0 0 100000 Jan 1 1970 large"), lines);
    }

    @Test
    void cpioExtractsTheSameBytes() throws Exception {
        Programs.requireInstalled("cpio");
        try (CpioArchive archive = new CpioArchive(bytes)) {
            archive.directory("a", 0755);
            for (int size = 0; size < 9; size++) {
                archive.file("a/" + "n".repeat(size + 1), 0644, large(size));
            }
            archive.file("large", 0600, large(100_000));
        }
        Path file = Files.write(directory.resolve("archive"), bytes.toByteArray());
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Programs.run(tree, List.of("cpio", "-id", "--quiet", "-F", file.toString()));
        for (int size = 0; size < 9; size++) {
            assertArrayEquals(large(size), Files.readAllBytes(tree.resolve("a/" + "n".repeat(size + 1))));
        }
        assertArrayEquals(large(100_000), Files.readAllBytes(tree.resolve("large")));
    }

    @Test
    void anEntryIsLaidOutAsTheFormatSays() throws IOException {
        try (CpioArchive archive = new CpioArchive(bytes)) {
            archive.file("ab", 0640, CONTENTS);
        }
        String text = bytes.toString(StandardCharsets.ISO_8859_1);
        String header = "070701" + "00000001" + "000081a0" + "00000000".repeat(2) + "00000001" + "00000000" + "00000007"
                + "00000000".repeat(4) + "00000003" + "00000000";
        // The name ends at byte 113, the contents begin at 116.
        assertEquals(header + "ab\0" + "\0\0\0" + "seven b\0" + "070701", text.substring(0, 130));
        assertTrue(text.contains("TRAILER!!!\0"));
        assertEquals(512, text.length());
    }

    @Test
    void equalInputsGiveEqualArchives() throws IOException {
        assertArrayEquals(example(), example());
    }

    @Test
    void aNameThatTheKernelWouldNotUnpackIsRefused() throws IOException {
        CpioArchive archive = new CpioArchive(bytes);
        archive.directory("dev", 0755);
        for (String name : List.of("", "/init", "bin/sh", "dev", "TRAILER!!!", "a\0b")) {
            assertThrows(IllegalArgumentException.class, () -> archive.file(name, 0644, CONTENTS), name);
        }
        assertThrows(IllegalArgumentException.class, () -> archive.file("init", 0100755, CONTENTS));
        archive.close();
        assertThrows(IllegalStateException.class, () -> archive.file("late", 0644, CONTENTS));
    }

    private static byte[] example() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (CpioArchive archive = new CpioArchive(out)) {
            archive.directory("dev", 0755);
            archive.characterDevice("dev/console", 0600, 5, 1);
            archive.file("dev/tool", 0750, CONTENTS);
            archive.symlink("init", "dev/tool");
            archive.file("large", 0644, large(100_000));
        }
        return out.toByteArray();
    }

    private static byte[] large(int size) {
        byte[] contents = new byte[size];
        for (int i = 0; i < size; i++) {
            contents[i] = (byte) (i * 31 + size);
        }
        return contents;
    }
}
