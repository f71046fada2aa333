package org.retrovisor.monitor;

/**
 * Takes down where the guest goes and what it touches: never less than it did, sometimes a little more.
 *
 * <p>It costs next to nothing, for it is told on the slow paths only: of memory when a page is not in the software TLB, of
 * code when a block is not in an engine's cache by linear address. {@link #start} empties these caches, so all that is
 * executed or touched from then on passes a slow path once. An engine that goes from one page to another without asking
 * {@link org.retrovisor.monitor.processor.Mmu#generation} would break that.
 */
public final class FootprintRecorder {
    private static final int PAGE_SHIFT = 12;

    private final Machine machine;
    private final PageBits executed = new PageBits();
    private final PageBits linear = new PageBits();
    private final PageBits physical = new PageBits();
    private boolean deviceWrote;

    FootprintRecorder(Machine machine) {
        this.machine = machine;
    }

    /** Forgets all so far; for the thread that runs the machine, between two instructions. Costs some microseconds. */
    public void start() {
        executed.clear();
        linear.clear();
        physical.clear();
        deviceWrote = false;
        for (int i = 0; i < machine.processorCount(); i++) {
            machine.processor(i).mmu.flush();
        }
    }

    /** All since the start. */
    public Footprint taken() {
        return new Footprint(
                Footprint.Pages.of(executed), Footprint.Pages.of(linear), Footprint.Pages.of(physical), deviceWrote);
    }

    /** For engines: code at a linear address may be executed; {@code lines} says which parts of its page. */
    public void executes(long linearAddress, long lines) {
        executed.set(linearAddress >>> PAGE_SHIFT, lines);
    }

    /** For MMUs: a page may be read, or read and written. */
    public void touches(long linearAddress, long physicalAddress, boolean write) {
        long kind = write ? Footprint.READ | Footprint.WRITTEN : Footprint.READ;
        linear.set(linearAddress >>> PAGE_SHIFT, kind);
        physical.set(physicalAddress >>> PAGE_SHIFT, kind);
    }

    /** A device wrote to RAM. */
    void deviceWrites(long physicalAddress, int length) {
        deviceWrote = true;
        long last = physicalAddress + Math.max(1, length) - 1 >>> PAGE_SHIFT;
        for (long page = physicalAddress >>> PAGE_SHIFT; page <= last; page++) {
            physical.set(page, Footprint.WRITTEN);
        }
    }
}
