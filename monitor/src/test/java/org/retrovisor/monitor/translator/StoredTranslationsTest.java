package org.retrovisor.monitor.translator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.translator.store.TranslationStore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Translations that a later run takes from a file: the same bits, and never for other bytes than they were made of. */
class StoredTranslationsTest {
    private static final long CODE_BYTES = 1 << 20;
    private static final long BUILD = 42;
    private static final int BLOCKS = 200;
    private static final long START = 0x100000;

    @TempDir
    private Path folder;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    private Path file() {
        return folder.resolve("new/translations.bin");
    }

    /** A ring of blocks of 16 bytes on several pages, with memory accesses and jumps within pages and across. */
    private static void ring(TwinGuest guest, int changed) {
        for (int i = 0; i < BLOCKS; i++) {
            long at = START + 16L * (i * 37 % BLOCKS) + 0xC00;
            long next = START + 16L * ((i + 1) * 37 % BLOCKS) + 0xC00;
            byte[] block = {0x48, (byte) 0x83, (byte) 0xC0, (byte) (i == changed ? 99 : i), 0x48, (byte) 0x01,
                (byte) 0x44, 0x24, (byte) 0xF0, (byte) 0xE9, 0, 0, 0, 0}; // add rax, i; add [rsp-16], rax; jmp
            int distance = (int) (next - at - block.length);
            for (int b = 0; b < 4; b++) {
                block[10 + b] = (byte) (distance >> 8 * b);
            }
            guest.write(at, block);
        }
        guest.register(Processor.RIP, START + 0xC00);
        guest.register(4, TwinGuest.STACK);
    }

    /** Runs the ring with the store in the file; what the translator counted under a name. */
    private long run(long build, int changed, String figure) {
        try (TwinGuest guest = new TwinGuest(CODE_BYTES, 2, TranslationStore.open(file(), build))) {
            ring(guest, changed);
            for (int stop = 1; stop <= 20; stop++) {
                guest.runTo(stop * 1001L);
            }
            guest.compareMemory();
            return guest.translator().figures().get(figure);
        }
    }

    private long made(long build) {
        return run(build, -1, "blocks translated");
    }

    private long reused(int changed) {
        return run(BUILD, changed, "translations of earlier runs");
    }

    @Test
    void aLaterRunTakesTheCodeOfTheFirstAndGivesTheInterpretersBits() {
        assertTrue(made(BUILD) >= BLOCKS);
        assertTrue(Files.exists(file()));
        assertTrue(reused(-1) >= BLOCKS);
        assertEquals(0, made(BUILD), "nothing is left to translate");
    }

    @Test
    void codeOfOtherBytesIsNotTaken() {
        made(BUILD);
        long all = reused(-1);
        assertEquals(all - 1, reused(7), "all but the block that differs in one byte");
    }

    @Test
    void codeOfAnotherBuildIsNotTaken() {
        made(BUILD);
        assertTrue(made(BUILD + 1) >= BLOCKS);
    }

    @Test
    void aDamagedFileIsPassedOverAndReplaced() throws IOException {
        made(BUILD);
        byte[] good = Files.readAllBytes(file());
        Random random = new Random(5);
        for (int n = 0; n < 200; n++) {
            byte[] bad = n % 4 == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            if (bad.length == good.length) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file(), bad);
            TranslationStore store = TranslationStore.open(file(), BUILD);
            assertTrue(store.remembers());
            assertEquals(0, store.size(), "a damaged file is used in round " + n);
        }
        Files.write(file(), good);
        assertTrue(TranslationStore.open(file(), BUILD).size() >= BLOCKS);
        Files.write(file(), java.util.Arrays.copyOf(good, good.length - 9));
        assertTrue(made(BUILD) >= BLOCKS);
        assertEquals(0, made(BUILD));
    }

    @Test
    void aFileThatOthersCanWriteIsPassedOver() throws IOException {
        made(BUILD);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw----"));
        assertEquals(0, reused(-1));
    }

    @Test
    void theFileIsTheSameAfterARunThatAddedNothing() throws IOException {
        made(BUILD);
        byte[] first = Files.readAllBytes(file());
        made(BUILD);
        assertArrayEquals(first, Files.readAllBytes(file()));
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoReasonToFail() throws IOException {
        Files.writeString(folder.resolve("new"), "not a folder");
        assertTrue(made(BUILD) >= BLOCKS);
        assertFalse(Files.exists(file()));
    }
}
