package org.retrovisor.monitor;

import java.util.Arrays;
import java.util.List;
import org.retrovisor.monitor.processor.AccessWatch;

/**
 * Where and why an engine stops for a debugger: before an instruction at a linear address, or behind an instruction that
 * touched watched bytes.
 *
 * <p>Guest memory is not altered. {@link #resume} lets the instruction at one moment pass, so that running on from a
 * breakpoint works. Watched bytes are told to every {@link org.retrovisor.monitor.processor.Mmu}.
 */
public final class DebugStops {
    private long[] addresses = {};
    private List<AccessWatch> watches = List.of();
    private long passedAt = -1;
    private boolean held;
    private AccessWatch hit;

    /** Replaces all stops at addresses. */
    public void set(long[] linearAddresses) {
        addresses = linearAddresses.clone();
        Arrays.sort(addresses);
    }

    /** Replaces all watches, on all processors of the machine. */
    public void watch(Machine machine, List<AccessWatch> newWatches) {
        watches = List.copyOf(newWatches);
        hit = null;
        for (int i = 0; i < machine.processorCount(); i++) {
            machine.processor(i).mmu.watch(watches, this::touched);
        }
    }

    private void touched(AccessWatch watch) {
        if (hit == null) {
            hit = watch;
        }
    }

    /** The watch that an instruction touched in this run; null when none did. */
    public AccessWatch hit() {
        return hit;
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

    /** For engines: a run ends at a stop. */
    public void hold() {
        held = true;
    }

    /** Before a run: nothing was hit yet. */
    public void release() {
        held = false;
        hit = null;
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
