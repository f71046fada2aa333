package org.retrovisor.recorder;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.retrovisor.monitor.memory.HostLibrary;

/**
 * Holds a thread up for as long as the rest of this process keeps the host's processors busy, though not for ever, and not when somebody waits for
 * what the thread does. For when a guest begins, it and Java's compilers need all there is, and it waits for what they compile: later the same work holds
 * it up less. What other processes do does not count, the thread's priority is for that.
 */
final class Pace {
    /** Nothing is held up when a guest has been running for so long. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    /** Over less the host's accounts say little. */
    private static final long WINDOW_NANOS = 4_000_000;
    private static final long NAP_MILLIS = 10;
    /**
     * Of processors, while a guest begins: on two, the guest itself must be idle. With less, what the thread does for the first time would be
     * compiled before what the guest waits for, and take the processors' shared cache from it.
     */
    private static final double LEAST_SPARE_FIRST = 1.5;
    /** Of a processor: without another for itself, the thread would take what the compilers leave between two methods. */
    private static final double LEAST_SPARE = 0.25;

    private final CountDownLatch hurried = new CountDownLatch(1);
    private final int processors;
    private final LongSupplier nanoTime;
    private final LongSupplier usedByOthers;
    private final long patienceEnd;
    private volatile double leastSpare = LEAST_SPARE_FIRST;
    private long lastNanos;
    /** Nothing before it was asked first: so that looks busy. */
    private long lastUsed;
    private boolean wasSpare;

    /** Patience begins now. */
    static Pace ofThisProcess() {
        LongSupplier used = HostLibrary.available() ? HostLibrary::nanosOfOtherThreads : () -> 0;
        return new Pace(Runtime.getRuntime().availableProcessors(), System::nanoTime, used);
    }

    /**
     * The same with other clocks, all in nanoseconds.
     *
     * @param usedByOthers processor time that all threads but the calling one have used
     */
    Pace(int processors, LongSupplier nanoTime, LongSupplier usedByOthers) {
        this.processors = processors;
        this.nanoTime = nanoTime;
        this.usedByOthers = usedByOthers;
        lastNanos = nanoTime.getAsLong();
        patienceEnd = lastNanos + PATIENCE_NANOS;
    }

    /** The guest has begun, and the compilers are behind with less from here on; any thread may say so. */
    void ease() {
        leastSpare = LEAST_SPARE;
    }

    /** Nothing is held up from here on. */
    void hurry() {
        hurried.countDown();
    }

    /** Holds the calling thread up while that must be; always the same thread. */
    void await() {
        while (hurried.getCount() > 0 && nanoTime.getAsLong() < patienceEnd && !isSpare()) {
            nap();
        }
    }

    /** Whether there was time to spare since this was asked last; asked again so soon, it answers as before, and at first that there was none. */
    private boolean isSpare() {
        long now = nanoTime.getAsLong();
        long passed = now - lastNanos;
        if (passed < WINDOW_NANOS) {
            return wasSpare;
        }
        long used = usedByOthers.getAsLong();
        double busy = (double) (used - lastUsed) / passed;
        lastNanos = now;
        lastUsed = used;
        wasSpare = processors - busy >= leastSpare;
        return wasSpare;
    }

    private void nap() {
        try {
            hurried.await(NAP_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            hurry(); // whoever interrupts wants an end
            Thread.currentThread().interrupt();
        }
    }
}
