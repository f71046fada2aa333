package org.retrovisor.monitor.processor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Random changes of page tables under several values of CR3, without any INVLPG: what the TLB gives is at all times what a
 * walk without a TLB gives. System property {@code random.seed} chooses another history.
 */
class TlbIsNeverStaleTest {
    private static final long SEED = Long.getLong("random.seed", 1);
    private static final int STEPS = 100_000;
    private static final long PAGE = 4096;
    /** Frames of the four levels, each a few tables, and of data. */
    private static final long[] LEVELS = {0x10000, 0x20000, 0x40000, 0x60000};

    /** How many tables a level has: each entry of the level above has its own, and uses another now and then. */
    private static final int[] TABLES = {3, 6, 12, 24};

    private static final int ENTRIES = 2;
    private static final long DATA = 0x80000;
    private static final int DATA_FRAMES = 8;
    private static final int[] TOP_ENTRIES = {1, 256};

    private final Random random = new Random(SEED);
    private Machine machine;
    private Processor cpu;

    @BeforeEach
    void longMode() {
        machine = new Machine(2 << 20, 1, new SilentBoundary(), Interpreter::new);
        cpu = machine.processor(0);
        cpu.cr4 = Control.CR4_PAE;
        cpu.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE;
        cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_ET;
        cpu.cr3 = LEVELS[0];
        cpu.updateCodeSize();
        cpu.mmu.flush();
        for (int frame = 0; frame < DATA_FRAMES; frame++) {
            put(DATA + frame * PAGE, 0x1000 + frame);
        }
    }

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void whateverChangesTheTlbGivesWhatAWalkGives() {
        Map<Long, Long> fetched = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            String where = "step " + step + " of -Drandom.seed=" + SEED;
            switch (random.nextInt(8)) {
                case 0, 1 -> changeEntry();
                case 2 -> ControlRegisters.setCr3(cpu, table(0));
                case 3 -> checkFetch(fetched, where);
                case 4 -> checkStore(where);
                default -> checkLoad(where);
            }
        }
    }

    @Test
    void aRootThatTookOverTranslationsIsWatchedBeforeItsFirstWalk() {
        long upper = -1L << 47;
        long first = table(0, 0) + 8 * 256;
        long second = table(0, 1) + 8 * 256;
        for (int data = 0; data < 2; data++) {
            put(table(1, data), table(2, data) | 3);
            put(table(2, data), table(3, data) | 3);
            put(table(3, data), DATA + data * PAGE | 3);
        }
        put(first, table(1, 0) | 3);
        assertEquals(0x1000, loaded(upper));
        put(second, get(first));
        ControlRegisters.setCr3(cpu, table(0, 1));
        put(second, table(1, 1) | 3);
        assertEquals(0x1001, loaded(upper));
    }

    private long table(int level) {
        return table(level, random.nextInt(TABLES[level]));
    }

    private static long table(int level, int number) {
        return LEVELS[level] + number * PAGE;
    }

    /** Now and then several entries at once. */
    private void changeEntry() {
        int level = random.nextInt(6) == 0 ? random.nextInt(LEVELS.length) : 3;
        int number = random.nextInt(TABLES[level]);
        int entry = random.nextInt(ENTRIES);
        long at = table(level, number) + 8L * (level == 0 ? TOP_ENTRIES[entry] : entry);
        long rights = level == 3 && random.nextBoolean() ? Long.MIN_VALUE | 3 : 3;
        int unusual = random.nextInt(400);
        if (unusual < 20) {
            machine.memory().write(at, new byte[16]);
        } else if (unusual < 22) {
            clear(table(level, number));
        } else {
            put(at, target(level, number, entry) | (random.nextInt(4) == 0 ? 0 : rights));
        }
    }

    /** As a kernel does with a page that was a table and becomes something else. */
    private void clear(long table) {
        for (long at = table; at < table + PAGE; at += 8) {
            put(at, 0);
        }
    }

    private long target(int level, int number, int entry) {
        if (level == 3) {
            return DATA + random.nextInt(DATA_FRAMES) * PAGE;
        }
        boolean own = random.nextInt(20) != 0 && level > 0;
        // the upper half is one for all roots, most of the time
        boolean shared = level == 0 && random.nextInt(20) != 0;
        int child = own ? ENTRIES * number + entry : shared ? ENTRIES * (entry == 1 ? 0 : number) + entry : -1;
        return child < 0 ? table(level + 1) : table(level + 1, child);
    }

    private void put(long physical, long value) {
        machine.memory().write(physical,
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    private long get(long physical) {
        byte[] bytes = new byte[8];
        machine.memory().read(physical, bytes, 0, 8);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private long linear() {
        long top = TOP_ENTRIES[random.nextInt(TOP_ENTRIES.length)];
        long address = top << 39 | (long) random.nextInt(ENTRIES) << 30 | (long) random.nextInt(ENTRIES) << 21
                | (long) random.nextInt(ENTRIES) << 12;
        return address << 16 >> 16;
    }

    private void checkLoad(String where) {
        long linear = linear();
        long physical = cpu.mmu.peek(linear);
        assertEquals(physical < 0 ? -1 : get(physical), loaded(linear), where);
    }

    private long loaded(long linear) {
        try {
            return cpu.mmu.load64(linear);
        } catch (GuestFault fault) {
            return -1;
        }
    }

    private void checkStore(String where) {
        long linear = linear();
        long physical = cpu.mmu.peek(linear);
        long value = random.nextInt(1 << 20);
        try {
            cpu.mmu.store64(linear, value);
            assertEquals(value, get(physical), where);
        } catch (GuestFault fault) {
            assertEquals(-1, physical, where);
        }
    }

    /** Where an engine found code is where it is, as long as the generation is the same. */
    private void checkFetch(Map<Long, Long> fetched, String where) {
        long linear = linear();
        long physical = cpu.mmu.peek(linear);
        try {
            assertEquals(physical, cpu.mmu.fetchAddress(linear), where);
        } catch (GuestFault fault) {
            return;
        }
        long key = cpu.mmu.generation(linear) * 31 + (linear >>> 12) * 0x9E37_79B9L;
        Long before = fetched.put(key, physical);
        assertEquals(before == null ? physical : before, physical, where);
    }
}
