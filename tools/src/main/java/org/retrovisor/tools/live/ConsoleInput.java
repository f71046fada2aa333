package org.retrovisor.tools.live;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.retrovisor.monitor.platform.ByteSource;
import org.retrovisor.monitor.platform.Waiter;

/** What was typed and not yet taken by the guest; also what an idle machine sleeps on, so that typing wakes it. */
public final class ConsoleInput implements ByteSource, Waiter {
    /** More is not taken before the guest has read some of it. */
    private static final int MOST = 1 << 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final ArrayDeque<Byte> typed = new ArrayDeque<>();
    private volatile boolean waiting;
    private boolean woken;

    /** Types bytes; from any thread but the machine's. Waits while the guest is far behind. */
    public void type(byte[] bytes, int length) {
        lock.lock();
        try {
            while (typed.size() >= MOST) {
                room.awaitUninterruptibly();
            }
            for (int i = 0; i < length; i++) {
                typed.add(bytes[i]);
            }
            waiting = !typed.isEmpty();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends a sleep without input; from any thread. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int next(long now) {
        if (!waiting) {
            return -1;
        }
        lock.lock();
        try {
            Byte first = typed.poll();
            room.signal();
            waiting = !typed.isEmpty();
            return first == null ? -1 : first & 0xFF;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void await(long nanos) {
        lock.lock();
        try {
            if (!woken && typed.isEmpty()) {
                long left = changed.awaitNanos(nanos);
                assert left <= nanos : TimeUnit.NANOSECONDS;
            }
            woken = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
