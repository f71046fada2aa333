package org.retrovisor.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.Arrival;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Processor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everySnapshotBringsBackWhatRamHeld(long seed) {
        Random random = new Random(seed);
        try (PageSlabs slabs = new PageSlabs();
                Machine machine = new Machine(BYTES, 1, new Silence(), Interpreter::new)) {
            RamHistory history = new RamHistory(machine, slabs);
            List<Past> past = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                scribble(machine, random);
                if (random.nextBoolean()) {
                    past.add(new Past(history.take(), contents(machine)));
                } else if (!past.isEmpty()) {
                    Past chosen = past.get(random.nextInt(past.size()));
                    history.restore(chosen.snapshot());
                    assertArrayEquals(chosen.contents(), contents(machine), "seed " + seed + ", step " + i);
                }
            }
            assertTrue(past.size() > 10);
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
