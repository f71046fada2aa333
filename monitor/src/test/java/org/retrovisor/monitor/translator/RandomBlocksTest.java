package org.retrovisor.monitor.translator;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Random code on both engines in lockstep: hits and misses of the TLB, faults, changes of its own bytes, interrupts, and
 * stops at any moment. System property {@code random.seed} chooses other programs, {@code random.programs} how many.
 */
class RandomBlocksTest {
    private static final long SEED = Long.getLong("random.seed", 1);
    private static final int PROGRAMS = Integer.getInteger("random.programs", 300);
    private static final int BLOCKS = 24;
    private static final int MOMENTS = 3000;
    private static final int RSP = 4;

    @BeforeEach
    void hostRunsGeneratedCode() {
        assumeTrue(Translator.available(), "generated code does not run on this host");
    }

    @Test
    void randomProgramsAreTheSameOnBothEnginesWheneverTheyAreStopped() {
        long generated = 0;
        long all = 0;
        for (long seed = SEED; seed < SEED + PROGRAMS; seed++) {
            Random random = new Random(seed);
            try (TwinGuest guest = new TwinGuest(1 << 20, 1 + random.nextInt(5))) {
                String code = place(guest, random);
                try {
                    run(guest, random);
                } catch (AssertionError e) {
                    throw new AssertionError("-Drandom.seed=%d -Drandom.programs=1%n%s".formatted(seed, code), e);
                }
                generated += guest.translator().generatedMoments();
                all += guest.cpu().machine().moment();
            }
        }
        assertTrue(generated > all / 4, "only %d of %d moments in generated code".formatted(generated, all));
    }

    /** Blocks on both code pages, the last of the first page running over into the second. */
    private static String place(TwinGuest guest, Random random) {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            starts.add(TwinGuest.CODE + 0x2000L * i / BLOCKS);
        }
        starts.set(BLOCKS / 2, TwinGuest.CODE + 0xFE0);
        starts.add(TwinGuest.ALIAS);
        RandomCode source = new RandomCode(random);
        StringBuilder text = new StringBuilder();
        for (long start : starts.subList(0, BLOCKS)) {
            byte[] block = source.block(start, starts);
            guest.write(start, block);
            text.append("%x: %s%n".formatted(start, HexFormat.of().formatHex(block)));
        }
        ByteArrayOutputStream recovery = new ByteArrayOutputStream();
        for (int pointer : new int[]{3, 5, 6, 12, 13}) {
            recovery.writeBytes(source.pointer(pointer));
        }
        recovery.write(0x58 + random.nextInt(4)); // pop a register: so that it does not go on as before
        RandomCode.near(recovery, TwinGuest.RECOVERY, starts.get(random.nextInt(BLOCKS)), 0xE9);
        guest.write(TwinGuest.RECOVERY, recovery.toByteArray());
        return text.toString();
    }

    private static void run(TwinGuest guest, Random random) {
        for (int i = 0; i < 16; i++) {
            guest.register(i, random.nextLong() >> random.nextInt(64));
        }
        guest.register(RSP, TwinGuest.STACK);
        guest.flags(random.nextInt() & Flags.STATUS | Control.IF | 2);
        List<Long> interrupts = new ArrayList<>();
        for (long at = random.nextInt(100); at < MOMENTS; at += 1 + random.nextInt(200)) {
            interrupts.add(at);
        }
        guest.interruptsAt(interrupts);
        long moment = 0;
        boolean alive = true;
        while (alive && moment < MOMENTS) {
            moment += random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 1 + random.nextInt(300);
            if (random.nextInt(8) == 0) {
                guest.stopAt(random.longs(random.nextInt(3), TwinGuest.CODE, TwinGuest.CODE + 0x2000).toArray());
            }
            alive = guest.runTo(moment);
            moment = guest.moment();
            guest.passStop();
        }
        guest.compareMemory();
    }
}
