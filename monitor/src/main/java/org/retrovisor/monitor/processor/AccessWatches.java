package org.retrovisor.monitor.processor;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.stream.Stream;
import org.retrovisor.monitor.memory.GuestMemory;

/** What a debugger and what the guest's own debug registers watch, and who is told. */
final class AccessWatches {
    private static final int OFFSET = GuestMemory.PAGE - 1;

    private final GuestMemory memory;
    private List<AccessWatch> debugger = List.of();
    private List<AccessWatch> guest = List.of();
    /** Both; an array, for each page that is entered into the TLB asks for them. */
    private AccessWatch[] all = {};
    private ObjLongConsumer<AccessWatch> watcher = (watch, address) -> {};
    private ObjLongConsumer<AccessWatch> guestWatcher = watcher;

    AccessWatches(GuestMemory memory) {
        this.memory = memory;
    }

    void ofDebugger(List<AccessWatch> watches, ObjLongConsumer<AccessWatch> newWatcher) {
        debugger = watches;
        watcher = newWatcher;
        join();
    }

    /** Whether these are others than before. */
    boolean ofGuest(List<AccessWatch> watches, Consumer<AccessWatch> newWatcher) {
        guestWatcher = (watch, address) -> newWatcher.accept(watch);
        if (watches.equals(guest)) {
            return false;
        }
        guest = watches;
        join();
        return true;
    }

    private void join() {
        all = Stream.concat(debugger.stream(), guest.stream()).toArray(AccessWatch[]::new);
    }

    /** Whether anything on a page is watched. */
    boolean onPageOf(long linear, int frame) {
        for (AccessWatch watch : all) {
            if (watch.onPageOf(linear, memory.physicalOf(frame))) {
                return true;
            }
        }
        return false;
    }

    /** Tells of an access by its linear and its physical address. */
    void report(long linear, long physical, int size, boolean write) {
        report(debugger, watcher, linear, physical, size, write);
        report(guest, guestWatcher, linear, physical, size, write);
    }

    /** Tells of an access to a frame. */
    void reportRam(long linear, int frame, int size, boolean write) {
        if (all.length > 0) {
            report(linear, memory.physicalOf(frame) | linear & OFFSET, size, write);
        }
    }

    private static void report(
            List<AccessWatch> watches, ObjLongConsumer<AccessWatch> watcher, long linear, long physical, int size,
            boolean write) {
        for (AccessWatch watch : watches) {
            long address = watch.physical() ? physical : linear;
            if (watch.touchedBy(address, size, write)) {
                watcher.accept(watch, watch.firstTouched(address));
            }
        }
    }
}
