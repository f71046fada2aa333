package org.retrovisor.monitor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.AccessWatch;
import org.retrovisor.monitor.processor.Processor;

/**
 * Where and why an engine stops for a debugger: before an instruction at a linear address, or behind an instruction that
 * touched watched bytes, or where a device wrote to them.
 *
 * <p>Guest memory is not altered. {@link #resume} lets the instruction at one moment pass, so that running on from a
 * breakpoint works. Watched bytes are told to every {@link org.retrovisor.monitor.processor.Mmu}. What an interrupt's
 * delivery touches counts for the instruction before it, for both end at the same moment.
 */
public final class DebugStops {
    private long[] addresses = {};
    /** Pages of a watch by linear address that are looked up when a device writes: nobody watches more than 4 MiB. */
    private static final int MAX_PAGES = 1024;

    private List<AccessWatch> watches = List.of();
    private final List<Touch> touches = new ArrayList<>();
    private long passedAt = -1;
    private int changes;
    private boolean held;
    private boolean touched;

    /**
     * Watched bytes were accessed.
     *
     * @param watch who watches them
     * @param processor the number of the processor that did it; of the current one when it was a device
     * @param address the first of the bytes that are watched, linear or physical like the watch
     */
    public record Touch(AccessWatch watch, int processor, long address) {}

    /** Replaces all stops at addresses. */
    public void set(long[] linearAddresses) {
        addresses = linearAddresses.clone();
        Arrays.sort(addresses);
        changes++;
    }

    /** How often the stops at addresses were replaced. */
    public int changes() {
        return changes;
    }

    /** Replaces all watches, on all processors of the machine. */
    public void watch(Machine machine, List<AccessWatch> newWatches) {
        watches = List.copyOf(newWatches);
        release();
        for (int i = 0; i < machine.processorCount(); i++) {
            int processor = i;
            machine.processor(i).mmu.watch(watches, (watch, address) -> touched(watch, processor, address));
        }
    }

    /**
     * A device wrote to RAM. Watches by linear address mean what the current processor has mapped there, for a device
     * knows no address spaces.
     */
    void deviceWrote(Processor cpu, long physical, int length) {
        for (AccessWatch watch : watches) {
            if (watch.physical()) {
                if (watch.touchedBy(physical, length, true)) {
                    touched(watch, cpu.index(), watch.firstTouched(physical));
                }
            } else if (watch.writes()) {
                lookBehind(watch, cpu, physical, length);
            }
        }
    }

    private void lookBehind(AccessWatch watch, Processor cpu, long physical, int length) {
        long end = watch.length() - 1;
        for (long from = 0, pages = 0; Long.compareUnsigned(from, end) <= 0 && pages < MAX_PAGES; pages++) {
            long linear = watch.address() + from;
            long chunk = Math.min(end - from + 1, GuestMemory.PAGE - (linear & GuestMemory.PAGE - 1));
            long behind = cpu.mmu.peek(linear);
            AccessWatch part = new AccessWatch(behind, chunk, false, true);
            if (behind >= 0 && part.touchedBy(physical, length, true)) {
                touched(watch, cpu.index(), linear + part.firstTouched(physical) - behind);
                return;
            }
            from += chunk;
        }
    }

    private void touched(AccessWatch watch, int processor, long address) {
        touched = true;
        if (touches.stream().noneMatch(touch -> touch.watch() == watch)) {
            touches.add(new Touch(watch, processor, address));
        }
    }

    /** Whether watched bytes were touched in this run: the engine has to stop behind the instruction. */
    public boolean touched() {
        return touched;
    }

    /** What the instruction before this moment touched, each watch once. */
    public List<Touch> touches() {
        return List.copyOf(touches);
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

    /** Whether the last run ended at a stop of either kind. */
    public boolean held() {
        return held || touched;
    }

    /** For engines: a run ends before an instruction at a stop. */
    public void hold() {
        held = true;
    }

    /** Before a run: nothing was hit yet. */
    public void release() {
        held = false;
        touched = false;
        touches.clear();
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
