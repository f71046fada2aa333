package org.retrovisor.gdbstub.debuggee;

/** Whether a stop point that was reached counts. Evaluating has no side effects and takes bounded time. */
public interface Condition {
    Condition ALWAYS = state -> true;

    boolean holds(GuestState state);
}
