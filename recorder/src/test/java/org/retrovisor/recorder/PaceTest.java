package org.retrovisor.recorder;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whoever keeps to it waits while processors are busy, but neither for ever nor when somebody is in a hurry. Of two processors. */
@Timeout(60)
class PaceTest {
    private static final int PROCESSORS = 2;
    private static final long PATIENCE = 5_000_000_000L;
    private static final long LOOK = 10_000_000;

    private final AtomicLong now = new AtomicLong();
    private final AtomicLong used = new AtomicLong();
    private int looks;

    /** On a host whose clock goes on by {@link #LOOK} whenever it is asked how much was used, which was a share of both processors. */
    private Pace pace(double share) {
        return new Pace(PROCESSORS, now::get, () -> {
            looks++;
            now.addAndGet(LOOK);
            return used.addAndGet((long) (share * PROCESSORS * LOOK));
        });
    }

    @Test
    void goesOnWhileAllHaveNextToNothingToDo() {
        Pace pace = pace(0.2);
        now.addAndGet(LOOK);
        pace.await();
        assertEquals(1, looks);
    }

    @Test
    void waitsInTheBeginningEvenWhileAProcessorIsSpare() {
        Pace pace = pace(0.5);
        now.addAndGet(LOOK);
        pace.await();
        assertTrue(now.get() >= PATIENCE, "at " + now);
    }

    @Test
    void thenAPartOfAProcessorIsEnough() {
        Pace pace = pace(0.8);
        pace.ease();
        now.addAndGet(LOOK);
        pace.await();
        assertEquals(1, looks);
    }

    @Test
    void waitsWhileAllAreBusyButNotForEver() {
        Pace pace = pace(0.95);
        pace.ease();
        now.addAndGet(LOOK);
        pace.await();
        assertTrue(now.get() >= PATIENCE, "at " + now);
        int before = looks;
        pace.await();
        assertEquals(before, looks, "later nobody looks");
    }

    @Test
    void doesNotLookAgainBeforeAFewMilliseconds() {
        Pace pace = new Pace(PROCESSORS, now::get, this::idle);
        now.addAndGet(LOOK);
        pace.await();
        now.addAndGet(LOOK / 10);
        pace.await();
        assertEquals(1, looks);
    }

    private long idle() {
        looks++;
        return 0;
    }

    @Test
    void beginsOnlyWhenItHasLooked() {
        Pace pace = new Pace(PROCESSORS, () -> now.addAndGet(LOOK / 10), this::idle);
        pace.await();
        assertEquals(1, looks);
    }

    @Test
    void aHurryEndsTheWaiting() {
        CompletableFuture<Void> waiting = new CompletableFuture<>();
        Pace pace = new Pace(PROCESSORS, now::get, () -> {
            now.addAndGet(LOOK / 1000); // so patience would last for long
            waiting.complete(null);
            return used.addAndGet(LOOK);
        });
        now.addAndGet(LOOK);
        CompletableFuture<Void> done = CompletableFuture.runAsync(pace::await);
        waiting.join();
        pace.hurry();
        done.join();
        assertTrue(now.get() < PATIENCE);
        int before = looks;
        pace.await();
        assertEquals(before, looks);
    }
}
