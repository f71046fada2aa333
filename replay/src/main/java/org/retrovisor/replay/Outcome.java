package org.retrovisor.replay;

/**
 * Why a movement ended.
 *
 * @param hit the stop point that was reached; null unless the reason is one
 */
public record Outcome(Reason reason, Hit hit) {
    static final Outcome DONE = new Outcome(Reason.DONE, null);
    static final Outcome BEGINNING = new Outcome(Reason.BEGINNING, null);
    static final Outcome END = new Outcome(Reason.END, null);
    static final Outcome INTERRUPTED = new Outcome(Reason.INTERRUPTED, null);

    /** The kinds of ends. */
    public enum Reason {
        /** The movement went all its way. */
        DONE,
        /** A stop point was reached and counts. */
        STOP_POINT,
        /** There is nothing before this moment. */
        BEGINNING,
        /** There is nothing after this moment. */
        END,
        /** The caller asked to stop. A movement backward has returned to where it started. */
        INTERRUPTED
    }

    static Outcome at(Hit hit) {
        return new Outcome(Reason.STOP_POINT, hit);
    }
}
