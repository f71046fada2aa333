package org.retrovisor.replay.symbols;

/** Bounds a search through memory that someone may have filled so as to mislead it. */
final class Budget {
    /** What an honest kernel needs is a hundredth of this; all of it costs about a second. */
    private static final long STEPS = 300_000_000;

    private long left = STEPS;

    /** Whether the search may go on for that many steps more. */
    boolean spend(long steps) {
        left -= steps;
        return left >= 0;
    }
}
