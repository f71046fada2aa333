package org.retrovisor.trace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.trace.proto.MachineStateHead;
import org.retrovisor.trace.proto.StoredFile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

class MachineStateTest {

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void whatIsWrittenIsRead(long seed) throws IOException {
        byte[] memory = SampleTrace.memory(seed);
        Path file = folder.resolve("state");
        StoredFile stored = SampleTrace.writeState(file, memory);
        try (MachineStateReader state = MachineStateReader.open(file)) {
            assertEquals(SampleTrace.head(), state.head());
            assertArrayEquals(memory, SampleTrace.readMemory(state));
        }
        assertEquals(Files.size(file), stored.getSizeBytes());
        assertArrayEquals(Digests.sha256(file), stored.getSha256().toByteArray());
    }

    @Test
    void memoryOfSeveralBlocksIsRead() {
        byte[] memory = new byte[5 << 20];
        new Random(4).nextBytes(memory);
        MachineStateHead head = SampleTrace.head().toBuilder().setMemoryBytes(memory.length).build();
        Path file = folder.resolve("state");
        try (StateBlock block = new StateBlock();
                MachineStateWriter state = new MachineStateWriter(file, head, block)) {
            SampleTrace.writePages(state, memory);
            state.finish();
        }
        try (MachineStateReader state = MachineStateReader.open(file)) {
            assertArrayEquals(memory, SampleTrace.readMemory(state));
        }
    }

    @Test
    void memoryOfZerosHasNoPages() {
        Path file = folder.resolve("state");
        SampleTrace.writeState(file, new byte[SampleTrace.MEMORY]);
        try (MachineStateReader state = MachineStateReader.open(file)) {
            assertEquals(0, state.pages((number, page) -> {
            }));
        }
    }

    @Test
    void anUnfinishedStateLeavesNoFile() throws IOException {
        Path file = folder.resolve("state");
        try (StateBlock block = new StateBlock()) {
            new MachineStateWriter(file, SampleTrace.head(), block).close();
        }
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent());
        }
    }

    @Test
    void pagesOutOfOrderOrOutsideRamAreRefused() {
        long[] page = new long[StateLayout.WORDS];
        try (StateBlock block = new StateBlock();
                MachineStateWriter state = new MachineStateWriter(folder.resolve("state"), SampleTrace.head(), block)) {
            state.page(3, page);
            assertThrows(IllegalArgumentException.class, () -> state.page(3, page));
            assertThrows(IllegalArgumentException.class, () -> state.page(256, page));
        }
    }

    @Test
    void everyFlippedByteIsNoticed() throws IOException {
        Path file = folder.resolve("state");
        byte[] memory = new byte[SampleTrace.MEMORY];
        Arrays.fill(memory, 0, 20_000, (byte) 7);
        SampleTrace.writeState(file, memory);
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) 0xA5;
            assertRefused(bad, "byte " + at);
        }
    }

    @Test
    void aStateCutAnywhereIsRefused() throws IOException {
        Path file = folder.resolve("state");
        SampleTrace.writeState(file, SampleTrace.memory(5));
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length += length < 500 || good.length - length < 60 ? 1 : 997) {
            assertRefused(Arrays.copyOf(good, length), "cut at " + length);
        }
        assertRefused(Arrays.copyOf(good, good.length + 1), "one byte more");
    }

    private void assertRefused(byte[] bytes, String what) throws IOException {
        Path file = folder.resolve("bad");
        Files.write(file, bytes);
        assertThrows(TraceException.class, () -> {
            try (MachineStateReader state = MachineStateReader.open(file)) {
                state.pages((number, page) -> {
                });
            }
        }, what);
    }
}
