package org.retrovisor.recorder;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.retrovisor.monitor.memory.GuestMemory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KnownPagesTest {
    private static final int FRAMES = 300;
    private static final int WORDS = GuestMemory.PAGE / 8;

    @Test
    void differencesAddUpToWhatPagesHold() {
        Random random = new Random(4);
        long[][] ram = new long[FRAMES][WORDS];
        long[][] sum = new long[FRAMES][WORDS];
        ram[5][0] = 0x030201;
        sum[5][0] = 0x030201;
        try (KnownPages known = new KnownPages(FRAMES, 1 << 20 << 1)) {
            assertTrue(known.reserve(new int[]{5}));
            known.note(5, ram[5]);
            for (int round = 0; round < 500; round++) {
                int frame = random.nextInt(FRAMES);
                boolean changes = random.nextInt(3) > 0;
                ram[frame][random.nextInt(WORDS)] ^= changes ? 1L << random.nextInt(64) : 0;
                assertTrue(known.reserve(new int[]{frame}));
                long[] page = ram[frame].clone();
                KnownPages.Change change = known.subtract(frame, page);
                assertEquals(changes ? KnownPages.Change.DIFFERENCE : KnownPages.Change.NONE, change,
                        "round " + round);
                Arrays.setAll(sum[frame], i -> sum[frame][i] ^ page[i]);
                assertArrayEquals(ram[frame], sum[frame], "round " + round);
            }
        }
    }

    @Test
    void aPageThatBecameAnotherIsStoredAsItIs() {
        long[] page = new Random(5).longs(WORDS).toArray();
        try (KnownPages known = new KnownPages(FRAMES, 1 << 20)) {
            assertTrue(known.reserve(new int[]{7}));
            long[] stored = page.clone();
            assertEquals(KnownPages.Change.PAGE, known.subtract(7, stored));
            assertArrayEquals(page, stored);
            assertEquals(KnownPages.Change.NONE, known.subtract(7, stored));
        }
    }

    @Test
    void beyondTheBoundNothingIsKnownForEver() {
        try (KnownPages known = new KnownPages(FRAMES, 64 * GuestMemory.PAGE)) {
            assertTrue(known.reserve(new int[]{0, 63}));
            assertFalse(known.reserve(new int[]{1, 64}));
            assertFalse(known.reserve(new int[]{0}));
            assertFalse(known.reserve(new int[0]));
        }
    }
}
