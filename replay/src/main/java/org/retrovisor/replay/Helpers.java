package org.retrovisor.replay;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Travellers on threads of their own. Their machines are made when they are first needed, and kept. */
final class Helpers {
    /** Each has the guest's RAM once more. */
    private static final int MOST = 3;

    private final int count;
    private final Supplier<Traveller> maker;
    private final Deque<Traveller> free = new ArrayDeque<>();
    private ExecutorService threads;

    Helpers(int count, Supplier<Traveller> maker) {
        this.count = count;
        this.maker = maker;
    }

    /** As many as this host has processors besides the one that the user's own machine runs on; at most 3. */
    static int usual() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() - 1, 0, MOST);
    }

    int count() {
        return count;
    }

    /** Lets each do some work. When one cannot, for want of memory say, it is as if it had done nothing. */
    void start(Consumer<Traveller> work) {
        for (int i = 0; i < count; i++) {
            startOne(work);
        }
    }

    /** Lets one of them, if there is any, do some work. */
    void startOne(Consumer<Traveller> work) {
        if (count > 0 && threads == null) {
            threads = Executors.newFixedThreadPool(count, Thread.ofPlatform().daemon().name("search-", 1).factory());
        }
        if (threads != null) {
            threads.execute(() -> withTraveller(work));
        }
    }

    private void withTraveller(Consumer<Traveller> work) {
        Traveller traveller;
        try {
            traveller = take();
        } catch (RuntimeException | OutOfMemoryError e) {
            return;
        }
        try {
            work.accept(traveller);
        } catch (RuntimeException e) {
            traveller.lose(); // whoever goes there meets with the same, and tells
        } finally {
            synchronized (free) {
                free.push(traveller);
            }
        }
    }

    private Traveller take() {
        synchronized (free) {
            if (!free.isEmpty()) {
                return free.pop();
            }
        }
        return maker.get();
    }

    /**
     * Waits for their work to end, which whoever gave it must have asked for; whether it did. When not, they keep their machines: one at
     * work must not lose its memory.
     */
    boolean close() {
        if (!ended()) {
            return false;
        }
        free.forEach(Traveller::close);
        return true;
    }

    private boolean ended() {
        if (threads == null) {
            return true;
        }
        threads.shutdown();
        try {
            return threads.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
