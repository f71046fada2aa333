package org.retrovisor.tools.travel;

import java.util.concurrent.CountDownLatch;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.processor.Processor;

/** An engine that can be made so slow that a search is still under way when a test interrupts it, on any host. */
class PacedEngine implements Engine {
    private static final int PAUSE_MILLIS = 5;

    private final Engine engine;
    private final CountDownLatch worked = new CountDownLatch(1);
    private volatile boolean slow;

    PacedEngine(Engine engine) {
        this.engine = engine;
    }

    void slowDown() {
        slow = true;
    }

    void speedUp() {
        slow = false;
    }

    /** Waits until it has executed something while slow. */
    void awaitWork() throws InterruptedException {
        worked.await();
    }

    @Override
    public Exit run(Processor cpu, long limit) {
        if (slow) {
            worked.countDown();
            pause();
        }
        return engine.run(cpu, limit);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public long unsettled() {
        return engine.unsettled();
    }

    @Override
    public void codeWritten(int frame, int offset, int length) {
        engine.codeWritten(frame, offset, length);
    }

    @Override
    public DebugStops debugStops() {
        return engine.debugStops();
    }

    @Override
    public void forgetCode() {
        engine.forgetCode();
    }
}
