package org.retrovisor.monitor;

import java.util.Arrays;

/**
 * Linear addresses at which an engine stops for a debugger, before executing the instruction there.
 *
 * <p>Guest memory is not altered. {@link #resume} lets the next instruction pass once, so that running on from a
 * breakpoint works.
 */
public final class DebugStops {
    private long[] addresses = {};
    private long passedAt = -1;
    private boolean held;

    /** Replaces all stops. */
    public void set(long[] linearAddresses) {
        addresses = linearAddresses.clone();
        Arrays.sort(addresses);
    }

    public boolean isEmpty() {
        return addresses.length == 0;
    }

    /** Lets the processor pass a stop at this very moment. */
    public void resume(long moment) {
        passedAt = moment;
    }

    /** Whether to stop before the instruction at {@code linear}, {@code moment} instructions having retired. */
    public boolean stopsAt(long linear, long moment) {
        return moment != passedAt && Arrays.binarySearch(addresses, linear) >= 0;
    }

    /** Whether the last run ended at a stop. */
    public boolean held() {
        return held;
    }

    /** For engines: notes whether a run ends at a stop. */
    public void hold(boolean atStop) {
        held = atStop;
    }

    /** Whether any stop lies in [from, from + length). */
    public boolean anyIn(long from, int length) {
        if (addresses.length == 0) {
            return false;
        }
        int at = Arrays.binarySearch(addresses, from);
        int next = at >= 0 ? at : -at - 1;
        return next < addresses.length && addresses[next] - from < length && addresses[next] - from >= 0;
    }
}
