package org.retrovisor.recorder;

import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.retrovisor.monitor.memory.GuestMemory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Pages are read as they were, whatever is written meanwhile. */
class DirtyPagesTest {
    private static final int PAGE = GuestMemory.PAGE;
    private static final int FRAMES = 96;
    private static final int ROOM = 1 << 30;

    private final GuestMemory memory = new GuestMemory((long) FRAMES * PAGE);
    private final PageCopies copies = new PageCopies();

    private static byte[] filled(int value) {
        byte[] page = new byte[PAGE];
        java.util.Arrays.fill(page, (byte) value);
        return page;
    }

    private static long[] words(int value) {
        long[] page = new long[PAGE / Long.BYTES];
        java.util.Arrays.fill(page, (value & 0xFF) * 0x0101_0101_0101_0101L);
        return page;
    }

    private DirtyPages taken(int version, int mostBytes) {
        for (int frame = 0; frame < FRAMES; frame++) {
            memory.write(memory.physicalOf(frame), filled(version + frame));
        }
        DirtyPages pages = new DirtyPages(memory, copies, mostBytes);
        memory.beforeFirstWrites(pages::beforeWrite);
        memory.clearDirty();
        return pages;
    }

    private static void assertHolds(DirtyPages pages, int version) {
        long[] page = new long[PAGE / Long.BYTES];
        for (int at = 0; at < pages.frames().length; at++) {
            pages.read(at, page);
            assertArrayEquals(words(version + pages.frames()[at]), page, "frame " + pages.frames()[at]);
        }
    }

    @Test
    void thoseThatAreWrittenAreCopiedBefore() {
        try (DirtyPages pages = taken(1, ROOM)) {
            assertEquals(FRAMES, pages.frames().length);
            for (int frame = 0; frame < FRAMES; frame += 3) {
                memory.write(memory.physicalOf(frame) + 100, new byte[]{77});
                memory.write(memory.physicalOf(frame) + 200, new byte[]{78});
            }
            assertHolds(pages, 1);
        }
        memory.write(memory.physicalOf(2), new byte[]{79}); // nobody needs to know any more
    }

    /** With room for three copies only, the machine has to wait for whoever reads. */
    @ParameterizedTest
    @ValueSource(ints = {3 * PAGE, ROOM})
    void anotherThreadReadsThemWhileTheMachineWrites(int mostBytes) throws Exception {
        Random random = new Random(1);
        for (int version = 0; version < 200; version++) {
            int expected = version;
            DirtyPages pages = taken(version, mostBytes);
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
                try (pages) {
                    assertHolds(pages, expected);
                }
            });
            while (!reading.isDone()) {
                memory.write(memory.physicalOf(random.nextInt(FRAMES)) + random.nextInt(PAGE), new byte[]{-1});
            }
            reading.get();
        }
    }
}
