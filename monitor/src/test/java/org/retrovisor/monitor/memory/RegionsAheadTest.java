package org.retrovisor.monitor.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Regions come from another thread when it was quick enough, and from the own one when not. */
@Timeout(60)
class RegionsAheadTest {
    private static final int MANY = 20;
    private static final int COUNT = 4;
    private static final int BYTES = (int) HugePieces.MOST;

    private static RegionsAhead regions(Function<Arena, MemorySegment> source) {
        return new RegionsAhead(COUNT, Thread.ofPlatform().daemon().factory(), source);
    }

    @Test
    void regionsAreZeroAndNobodyElses() {
        try (RegionsAhead regions = new RegionsAhead(COUNT, Thread.ofPlatform().daemon().factory())) {
            List<MemorySegment> taken = new ArrayList<>();
            for (int number = 1; number <= MANY; number++) {
                MemorySegment region = regions.take();
                assertHoldsOnly(region, 0);
                region.fill((byte) number);
                taken.add(region);
            }
            for (int i = 0; i < MANY; i++) {
                assertHoldsOnly(taken.get(i), i + 1);
            }
        }
    }

    private static void assertHoldsOnly(MemorySegment region, int value) {
        MemorySegment expected = MemorySegment.ofArray(new byte[BYTES]).fill((byte) value);
        assertEquals(-1, region.mismatch(expected));
    }

    @Test
    void theOtherThreadFindsThemAheadOfNeed() throws InterruptedException {
        Semaphore found = new Semaphore(0);
        List<Thread> finders = new ArrayList<>();
        try (RegionsAhead regions = regions(arena -> {
            synchronized (finders) {
                finders.add(Thread.currentThread());
            }
            found.release();
            return arena.allocate(1);
        })) {
            found.acquire(2); // so the first is there
            regions.take();
        }
        assertNotSame(Thread.currentThread(), finders.getFirst());
        assertFalse(finders.contains(Thread.currentThread()));
    }

    @Test
    void whoNeedsOneNeverWaitsForTheOtherThread() {
        Thread here = Thread.currentThread();
        CountDownLatch over = new CountDownLatch(1);
        try (RegionsAhead regions = regions(arena -> {
            if (Thread.currentThread() != here) {
                awaitOrStop(over);
            }
            return arena.allocate(1);
        })) {
            for (int i = 0; i < MANY; i++) {
                regions.take();
            }
            over.countDown();
        }
    }

    private static void awaitOrStop(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The host may have refused a moment ago, and then it is asked again. */
    @Test
    void aRefusalIsToldToWhoNeedsTheMemoryOnly() throws InterruptedException {
        AtomicBoolean refuses = new AtomicBoolean(true);
        Semaphore asked = new Semaphore(0);
        try (RegionsAhead regions = regions(arena -> {
            asked.release();
            if (refuses.get()) {
                throw new OutOfMemoryError("refused");
            }
            return arena.allocate(1);
        })) {
            asked.acquire(COUNT); // all that are to be ahead
            assertThrows(OutOfMemoryError.class, regions::take);
            refuses.set(false);
            for (int i = 0; i < MANY; i++) {
                assertEquals(1, regions.take().byteSize());
            }
        }
    }

    @Test
    void closedWhileOneIsFound() throws InterruptedException {
        for (int i = 0; i < MANY; i++) {
            CountDownLatch begun = new CountDownLatch(1);
            Arena[] used = new Arena[1];
            try (RegionsAhead regions = regions(arena -> {
                used[0] = arena;
                begun.countDown();
                return arena.allocate(BYTES);
            })) {
                begun.await();
            }
            assertFalse(used[0].scope().isAlive());
        }
    }
}
