package org.retrovisor.recorder;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.trace.CheckpointFolder;
import org.retrovisor.trace.MachineStateReader;
import org.retrovisor.trace.TraceDirectory;
import org.retrovisor.trace.proto.StoredFile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** States hold RAM as it was when they were begun, whatever is written meanwhile. */
class StateSaverTest {
    private static final int PAGE = GuestMemory.PAGE;
    private static final int FRAMES = 600;
    private static final int FIRST_FRAME_BEHIND_VIDEO = 0xC0;
    private static final int LOADED_FRAMES = 200;

    @TempDir
    private Path folder;

    private CheckpointFolder checkpoints;
    private final Random random = new Random(1);
    private final Machine machine = new Machine((long) FRAMES * PAGE, 1, new SilentBoundary(), Interpreter::new);

    @BeforeEach
    void createTrace() {
        checkpoints = TraceDirectory.create(folder.resolve("trace")).checkpoints();
    }

    private static byte[] pageOf(int value) {
        byte[] page = new byte[PAGE];
        Arrays.fill(page, (byte) value);
        return page;
    }

    private void write(int frame, int offset, byte... bytes) {
        machine.memory().write((long) frame * PAGE + offset, bytes);
    }

    private byte[] load() {
        byte[] image = new byte[LOADED_FRAMES * PAGE];
        random.nextBytes(image);
        machine.memory().load((long) FIRST_FRAME_BEHIND_VIDEO * PAGE, image, 0, image.length);
        return image;
    }

    private byte[] ram() {
        byte[] ram = new byte[(FRAMES - FIRST_FRAME_BEHIND_VIDEO) * PAGE];
        machine.memory().read((long) FIRST_FRAME_BEHIND_VIDEO * PAGE, ram, 0, ram.length);
        return ram;
    }

    /** A byte, a page of something else, a page of zeros, what was loaded, or the same as before. */
    private void writeSomething(byte[] image) {
        int number = random.nextInt(FRAMES - FIRST_FRAME_BEHIND_VIDEO);
        int frame = FIRST_FRAME_BEHIND_VIDEO + number;
        switch (random.nextInt(5)) {
            case 0 -> write(frame, random.nextInt(PAGE), (byte) random.nextInt());
            case 1 -> write(frame, 0, pageOf(random.nextInt()));
            case 2 -> write(frame, 0, pageOf(0));
            case 3 -> {
                if (number < LOADED_FRAMES) {
                    machine.memory().write((long) frame * PAGE, image, number * PAGE, PAGE);
                }
            }
            default -> {
                byte[] same = new byte[1];
                machine.memory().read((long) frame * PAGE, same, 0, 1);
                write(frame, 0, same);
            }
        }
    }

    /** Adds what a state says to what RAM was at the one before. */
    private static void add(Path state, byte[] ram) {
        try (MachineStateReader reader = MachineStateReader.open(state)) {
            reader.changes((number, page, difference) -> {
                int at = (int) (number - FIRST_FRAME_BEHIND_VIDEO) * PAGE;
                byte[] bytes = page.toArray(ValueLayout.JAVA_BYTE);
                for (int i = 0; i < PAGE; i++) {
                    ram[at + i] = (byte) (difference ? ram[at + i] ^ bytes[i] : bytes[i]);
                }
            });
        }
    }

    private List<Path> states() throws Exception {
        List<Path> states = new ArrayList<>(List.of(folder.resolve("initial")));
        try (var files = Files.walk(folder.resolve("trace"))) {
            files.filter(file -> file.getFileName().toString().matches("\\d{6}")).sorted().forEach(states::add);
        }
        return states;
    }

    /** With room for three copies, pages are stored whole, and the machine waits for whoever writes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3 * PAGE, 1 << 30})
    void eachHoldsWhatRamHeld(int room) throws Exception {
        List<byte[]> expected = new ArrayList<>();
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> {}, room)) {
            byte[] image = load();
            for (int i = 0; i < 300; i++) {
                writeSomething(image);
            }
            expected.add(ram());
            saver.initialState(folder.resolve("initial"), state -> state);
            for (int number = 1; number <= 60; number++) {
                for (int i = 0; i < 100 || !saver.mayBegin(); i++) {
                    writeSomething(image);
                }
                expected.add(ram());
                saver.checkpoint(checkpoints, number, () -> Heads.of(machine));
            }
            saver.await();
        }
        List<Path> states = states();
        assertEquals(expected.size(), states.size());
        byte[] ram = new byte[expected.getFirst().length];
        for (int i = 0; i < states.size(); i++) {
            add(states.get(i), ram);
            assertArrayEquals(expected.get(i), ram, "state " + i);
        }
    }

    /** The machine waits for room, the room for a checkpoint to be written, and that for something that the machine's thread has to do. */
    @Test
    @Timeout(60)
    void whatAStateWaitsForIsDoneBeforeItIsWaitedFor() {
        CompletableFuture<Void> before = new CompletableFuture<>();
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> before.complete(null), 3 * PAGE)) {
            for (int frame = FIRST_FRAME_BEHIND_VIDEO; frame < FRAMES; frame++) {
                write(frame, 0, pageOf(1));
            }
            saver.initialState(folder.resolve("initial"), state -> state).join();
            assertTrue(saver.mayBegin());
            CompletableFuture<StoredFile> written = saver.checkpoint(checkpoints, 1, () -> {
                before.join();
                return Heads.of(machine);
            });
            for (int frame = FIRST_FRAME_BEHIND_VIDEO; !before.isDone(); frame++) {
                write(frame, 0, pageOf(2));
            }
            assertTrue(written.isDone());
        }
    }

    @Test
    void ofAPageThatHardlyChangedOnlyTheDifferenceIsStored() {
        byte[] noise = new byte[PAGE];
        random.nextBytes(noise);
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> {}, 1 << 30)) {
            write(FIRST_FRAME_BEHIND_VIDEO, 0, noise);
            saver.initialState(folder.resolve("initial"), state -> state).join();
            write(FIRST_FRAME_BEHIND_VIDEO, 7, (byte) ~noise[7]);
            StoredFile small = saver.checkpoint(checkpoints, 1, () -> Heads.of(machine)).join();
            write(FIRST_FRAME_BEHIND_VIDEO + 1, 0, noise);
            StoredFile large = saver.checkpoint(checkpoints, 2, () -> Heads.of(machine)).join();
            assertTrue(small.getSizeBytes() + PAGE / 2 < large.getSizeBytes(), small + " and " + large);
        }
    }

    @Test
    void aPageThatBecameAnotherIsStoredAsItIsAndOneThatIsTheSameAgainNotAtAll() throws Exception {
        byte[] noise = new byte[PAGE];
        random.nextBytes(noise);
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> {}, 1 << 30)) {
            write(FIRST_FRAME_BEHIND_VIDEO, 0, noise);
            saver.initialState(folder.resolve("initial"), state -> state).join();
            random.nextBytes(noise);
            write(FIRST_FRAME_BEHIND_VIDEO, 0, noise);
            saver.checkpoint(checkpoints, 1, () -> Heads.of(machine)).join();
            write(FIRST_FRAME_BEHIND_VIDEO, 0, noise);
            saver.checkpoint(checkpoints, 2, () -> Heads.of(machine)).join();
        }
        try (MachineStateReader another = MachineStateReader.open(states().get(1));
                MachineStateReader same = MachineStateReader.open(states().get(2))) {
            assertEquals(1, another.changes((number, page, difference) -> {
                assertFalse(difference);
                assertArrayEquals(noise, page.toArray(ValueLayout.JAVA_BYTE));
            }));
            assertEquals(0, same.changes((number, page, difference) -> {}));
        }
    }

    /** Without room for a copy: what an image holds is known. */
    @Test
    void pagesOfAnImageNeedNoCopyUntilTheyWereWritten() throws Exception {
        byte[] image;
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> {}, 0)) {
            image = load();
            saver.initialState(folder.resolve("initial"), state -> state).join();
            write(FIRST_FRAME_BEHIND_VIDEO, 7, (byte) ~image[7]);
            saver.checkpoint(checkpoints, 1, () -> Heads.of(machine)).join();
            write(FIRST_FRAME_BEHIND_VIDEO, 7, image[7]);
            saver.checkpoint(checkpoints, 2, () -> Heads.of(machine)).join();
        }
        try (MachineStateReader first = MachineStateReader.open(states().get(1));
                MachineStateReader second = MachineStateReader.open(states().get(2))) {
            assertEquals(1, first.changes((number, page, difference) -> assertTrue(difference)));
            assertEquals(1, second.changes((number, page, difference) -> assertFalse(difference)));
        }
    }

    @Test
    void pagesOfZerosAreLeftOutWhereZerosWere() throws Exception {
        try (machine;
                StateSaver saver = new StateSaver(machine, () -> {}, 1 << 30)) {
            saver.initialState(folder.resolve("initial"), state -> state).join();
            write(FIRST_FRAME_BEHIND_VIDEO, 0, pageOf(0));
            saver.checkpoint(checkpoints, 1, () -> Heads.of(machine)).join();
        }
        try (MachineStateReader reader = MachineStateReader.open(states().getLast())) {
            assertEquals(0, reader.changes((number, page, difference) -> {}));
        }
    }
}
