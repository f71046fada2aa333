package org.retrovisor.monitor.platform;

/** How an idle machine sleeps in host time. */
@FunctionalInterface
public interface Waiter {
    /** Returns after {@code nanos} nanoseconds, or earlier when console input arrives or the run is to end. */
    void await(long nanos);
}
