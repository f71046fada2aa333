package org.retrovisor.gdbstub;

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
 * steps: a stop that came before the interrupt did is as good.
 * </ul>
 *
 * <p>Used by the wire's thread and the target's.
 */
final class KeptInterrupt {
    private boolean kept;
    /** Whether no command of the user is under way that could be interrupted; so it is when a client connects. */
    private boolean ended = true;

    /** An interrupt came, or came too late for the resume that it was meant for. */
    synchronized void keep() {
        kept = !ended;
    }

    /** The user's command has ended. */
    synchronized void end() {
        kept = false;
        ended = true;
    }

    /** A resume comes; says whether it is interrupted already. */
    synchronized boolean take() {
        boolean taken = kept;
        kept = false;
        ended = false;
        return taken;
    }
}
