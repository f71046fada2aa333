package org.retrovisor.gdbstub;

import java.util.function.LongSupplier;

/**
 * An interrupt that came while the machine stood. gdb sends one when the user presses Ctrl-C in the middle of a command that is
 * many resumes to us, as "stepi 1000" is: the byte comes between two of them, or has crossed a stop reply on its way. gdb
 * then resumes as if nothing was, and expects that the next stop reply says SIGINT.
 *
 * <p>So it is kept for the next resume, as gdbserver does, but no longer than the user's command lasts. Between its steps
 * gdb (13, for one) reads registers and memory, selects threads, and sets and removes breakpoints. What ends the command:
 *
 * <ul>
 * <li>a stop that was reported as SIGINT: the user has got what was asked for, and another Ctrl-C on its way must not stop the
 * next command;
 * <li>gdb's question for the list of threads, which it asks once for each stop that it presents to the user, and never between
 * steps: a stop that came before the interrupt did is as good. But in a loop of commands the next one follows at once, quicker
 * than anybody could type it: that one is interrupted.
 * </ul>
 *
 * <p>Used by the wire's thread and the target's.
 */
final class KeptInterrupt {
    /** Nobody types a command so soon after Ctrl-C. */
    static final long AT_ONCE_NANOS = 100_000_000;

    private final LongSupplier nanoTime;
    private boolean kept;
    private long keptAt;
    private Phase phase = Phase.INTERRUPTED;

    /** Where the user's command is. */
    private enum Phase {
        /** Between its steps, as far as we know. */
        UNDER_WAY,
        /** Its stop was shown. */
        SHOWN,
        /** Its stop was an interrupt; so it is when a client connects, for nothing is under way that could be interrupted. */
        INTERRUPTED
    }

    /** {@code nanoTime} is a clock like {@link System#nanoTime}. */
    KeptInterrupt(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** An interrupt came, or came too late for the resume that it was meant for. */
    synchronized void keep() {
        kept = phase != Phase.INTERRUPTED;
        keptAt = nanoTime.getAsLong();
    }

    /** A stop is shown to the user. */
    synchronized void shown() {
        if (phase == Phase.UNDER_WAY) {
            phase = Phase.SHOWN;
        }
    }

    /** A stop was reported as an interrupt. */
    synchronized void reported() {
        kept = false;
        phase = Phase.INTERRUPTED;
    }

    /** A resume comes; says whether it is interrupted already. */
    synchronized boolean take() {
        boolean atOnce = nanoTime.getAsLong() - keptAt < AT_ONCE_NANOS;
        boolean taken = kept && (phase == Phase.UNDER_WAY || atOnce);
        kept = false;
        phase = Phase.UNDER_WAY;
        return taken;
    }
}
