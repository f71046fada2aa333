package org.retrovisor.gdbstub;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KeptInterruptTest {
    private long now = -7;
    private final KeptInterrupt kept = new KeptInterrupt(() -> now);

    @Test
    void betweenTheStepsOfACommandItIsKeptForTheNextHoweverLateThatComes() {
        kept.take();
        kept.keep();
        now += 10 * KeptInterrupt.AT_ONCE_NANOS;
        assertTrue(kept.take());
        assertFalse(kept.take(), "one Ctrl-C is one stop");
    }

    @Test
    void aCommandThatFollowsAStopAtOnceIsOneOfALoop() {
        kept.take();
        kept.shown();
        kept.keep();
        now += KeptInterrupt.AT_ONCE_NANOS - 1;
        assertTrue(kept.take());
        kept.keep();
        kept.shown();
        assertTrue(kept.take(), "whichever came first");
    }

    @Test
    void aCommandThatSomebodyTypedAfterAStopWasShownIsNotInterrupted() {
        kept.take();
        kept.keep();
        kept.shown();
        kept.keep();
        now += KeptInterrupt.AT_ONCE_NANOS;
        assertFalse(kept.take());
    }

    @Test
    void whenTheUserHasGotTheInterruptionAnotherOneCountsForNothing() {
        kept.take();
        kept.keep();
        kept.reported();
        kept.keep();
        kept.shown();
        assertFalse(kept.take());
    }

    @Test
    void whenAClientConnectsNothingCanBeInterrupted() {
        kept.keep();
        assertFalse(kept.take());
    }
}
