package org.retrovisor.monitor.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LoadedPagesTest {
    private static final int PAGE = GuestMemory.PAGE;
    private static final int WORDS = PAGE / Long.BYTES;
    private static final int OFFSET = 3;
    private static final int FIRST = 0xC1;

    private final byte[] image = new byte[5 * PAGE];
    private final GuestMemory memory = new GuestMemory(0x200L * PAGE);

    LoadedPagesTest() {
        new Random(1).nextBytes(image);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    private boolean isIntact(int frame) {
        return memory.loaded().isIntact(frame);
    }

    private long[] ram(int frame) {
        long[] page = new long[WORDS];
        HostMemory.read(memory.hostOf(frame), page);
        return page;
    }

    private long[] loaded(int frame) {
        long[] page = new long[WORDS];
        memory.loaded().read(frame, page);
        return page;
    }

    @Test
    void knowsWholePages() {
        memory.load(FIRST * (long) PAGE - 10, image, OFFSET, 3 * PAGE);
        byte[] written = new byte[3 * PAGE];
        memory.read(FIRST * (long) PAGE - 10, written, 0, written.length);
        assertArrayEquals(Arrays.copyOfRange(image, OFFSET, OFFSET + 3 * PAGE),
                Arrays.copyOfRange(written, 0, written.length));
        assertFalse(isIntact(FIRST + 2), "only a part of it was loaded");
        for (int frame = FIRST; frame < FIRST + 2; frame++) {
            assertTrue(isIntact(frame));
            assertArrayEquals(ram(frame), loaded(frame));
        }
        assertThrows(IllegalArgumentException.class, () -> loaded(FIRST + 2));
    }

    @Test
    void seesThatAPageWasWritten() {
        memory.load(FIRST * (long) PAGE, image, OFFSET, 2 * PAGE);
        long[] before = ram(FIRST + 1);
        memory.write((FIRST + 2) * (long) PAGE - 1, new byte[]{1});
        assertTrue(isIntact(FIRST));
        assertFalse(isIntact(FIRST + 1));
        assertArrayEquals(before, loaded(FIRST + 1));
    }

    @Test
    void isAskedBeforeAProcessorWrites() {
        memory.load(FIRST * (long) PAGE, image, OFFSET, 2 * PAGE);
        List<Boolean> intact = new ArrayList<>();
        memory.beforeFirstWrites(frame -> intact.add(isIntact(frame)));
        memory.markWritten(FIRST);
        assertFalse(isIntact(FIRST), "though it was dirty already");
        memory.clearDirty();
        assertTrue(isIntact(FIRST + 1));
        memory.markWritten(FIRST + 1);
        memory.markWritten(FIRST);
        assertEquals(List.of(true, false), intact);
        assertFalse(isIntact(FIRST + 1));
    }

    @Test
    void whatWasLoadedLastCounts() {
        memory.load(FIRST * (long) PAGE, image, 0, 3 * PAGE);
        memory.load((FIRST + 1) * (long) PAGE, image, 3 * PAGE, PAGE);
        for (int frame = FIRST; frame < FIRST + 3; frame++) {
            assertTrue(isIntact(frame));
            assertArrayEquals(ram(frame), loaded(frame));
        }
    }

    /** The old video window is no RAM, and frames are not in a row around what is none. */
    @Test
    void whatDoesNotLieInARowIsNotKnown() {
        memory.load(GuestMemory.VIDEO - PAGE, image, 0, 2 * PAGE);
        assertFalse(isIntact(0x9F));
        memory.load(PAGE, image, 0, PAGE - 1);
        assertFalse(isIntact(1));
    }
}
