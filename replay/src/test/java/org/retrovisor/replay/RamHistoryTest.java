package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RamHistoryTest {
    private static final int BYTES = 6 << 20;

    /** The world outside is silent. */
    private record Silence() implements Boundary {
        @Override
        public long read(Processor processor, Space space, long address, int size) {
            return 0;
        }

        @Override
        public void write(Processor processor, Space space, long address, int size, long value) {}

        @Override
        public long timestamp(Processor processor) {
            return 0;
        }

        @Override
        public long random(Processor processor) {
            return 0;
        }

        @Override
        public long nextAttention(Processor processor) {
            return Long.MAX_VALUE;
        }

        @Override
        public Arrival arrival(Processor processor) {
            return Arrival.NONE;
        }

        @Override
        public void idle(Processor processor) {}
    }

    private record Past(RamHistory.Snapshot snapshot, byte[] contents) {}

    /** A machine and its snapshots, the contents of each beside it. */
    private static final class Party implements AutoCloseable {
        final Machine machine = new Machine(BYTES, 1, new Silence(), Interpreter::new);
        final RamHistory history;

        Party(PageSlabs slabs) {
            history = new RamHistory(machine, slabs);
        }

        Past take() {
            return new Past(history.take(), contents(machine));
        }

        @Override
        public void close() {
            machine.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everySnapshotBringsBackWhatRamHeldOnAnyMachine(long seed) {
        Random random = new Random(seed);
        try (PageSlabs slabs = new PageSlabs();
                Party one = new Party(slabs);
                Party other = new Party(slabs)) {
            List<Past> past = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                Party party = random.nextBoolean() ? one : other;
                scribble(party.machine, random);
                if (random.nextBoolean()) {
                    past.add(party.take());
                } else if (!past.isEmpty()) {
                    Past chosen = past.get(random.nextInt(past.size()));
                    party.history.restore(chosen.snapshot());
                    assertArrayEquals(chosen.contents(), contents(party.machine), "seed " + seed + ", step " + i);
                }
            }
            assertTrue(past.size() > 20);
        }
    }

    /** As when checkpoints of a trace are laid over each other and only the last of them is wanted. */
    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void aPageMayComeManyTimesBeforeTheSnapshot(long seed) {
        Random random = new Random(seed);
        try (PageSlabs slabs = new PageSlabs(); Party one = new Party(slabs); Party other = new Party(slabs)) {
            scribble(one.machine, random);
            Past before = one.take();
            byte[] expected = before.contents().clone();
            RamHistory.Overlay overlay = new RamHistory.Overlay(before.snapshot(), slabs);
            for (int i = 0; i < 300; i++) {
                int frame = random.nextInt(0xA0); // below the hole for video memory
                byte[] page = new byte[GuestMemory.PAGE];
                if (random.nextInt(4) > 0) {
                    page[random.nextInt(GuestMemory.PAGE)] = (byte) (1 + random.nextInt(100));
                }
                if (random.nextBoolean()) {
                    System.arraycopy(page, 0, expected, frame * GuestMemory.PAGE, GuestMemory.PAGE);
                    overlay.put(frame, page);
                } else {
                    for (int at = 0; at < GuestMemory.PAGE; at++) {
                        expected[frame * GuestMemory.PAGE + at] ^= page[at];
                    }
                    overlay.putDifference(frame, page);
                }
            }
            other.history.restore(overlay.snapshot());
            assertArrayEquals(expected, contents(other.machine), "seed " + seed);
            other.history.restore(before.snapshot());
            assertArrayEquals(before.contents(), contents(other.machine), "what it was laid over is as it was");
        }
    }

    @Test
    void anotherMachineMayReadASnapshotWhileItsOwnWrites() throws Exception {
        try (PageSlabs slabs = new PageSlabs();
                Party writing = new Party(slabs);
                Party reading = new Party(slabs)) {
            Random random = new Random(1);
            for (int round = 0; round < 40; round++) {
                for (int page = 0; page < BYTES / 4096; page++) {
                    writing.machine.memory().write(4096L * page, new byte[]{(byte) (round + 1)}, 0, 1);
                }
                Past past = writing.take();
                CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
                    reading.history.restore(past.snapshot());
                    return contents(reading.machine);
                });
                while (!read.isDone()) {
                    scribble(writing.machine, random);
                }
                assertArrayEquals(past.contents(), read.get(), "round " + round);
            }
        }
    }

    @Test
    void aPageIsCopiedNoSoonerThanItIsWritten() {
        try (PageSlabs slabs = new PageSlabs();
                Party party = new Party(slabs)) {
            party.machine.memory().write(0x5000, new byte[]{1});
            party.machine.memory().write(0x6000, new byte[]{2});
            RamHistory.Snapshot snapshot = party.history.take();
            Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            long inRam = RamHistory.bytesOf(snapshot, seen);
            assertFalse(seen.stream().anyMatch(PageSlabs.Slab.class::isInstance));
            party.machine.processor(0).mmu.store8(0x5000, 7);
            seen.clear();
            long copied = RamHistory.bytesOf(snapshot, seen);
            assertEquals(1, seen.stream().filter(PageSlabs.Slab.class::isInstance).count());
            assertEquals(inRam - SavedPage.pageBytes() + SavedPage.slabBytes(), copied);
        }
    }

    /** Writes some bytes as the processor does, and some as a device; sometimes zeroes. */
    private static void scribble(Machine machine, Random random) {
        for (int i = random.nextInt(20); i > 0; i--) {
            int address = 4096 * random.nextInt(16) * 9 + random.nextInt(2000);
            byte value = (byte) random.nextInt(3);
            if (random.nextBoolean()) {
                machine.processor(0).mmu.store8(address, value);
            } else {
                byte[] bytes = new byte[random.nextInt(4096)];
                Arrays.fill(bytes, value);
                machine.memory().write(address, bytes);
            }
        }
    }

    private static byte[] contents(Machine machine) {
        byte[] bytes = new byte[BYTES];
        machine.memory().read(0, bytes, 0, bytes.length);
        return bytes;
    }
}
