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
    private boolean on;
    /** What was told last, for it is often told again. */
    private long lastPage = -1;

    private long lastLines;

    FootprintRecorder(Machine machine) {
        this.machine = machine;
    }

    /** Begins, or begins anew; for the thread that runs the machine, between two instructions. Costs some microseconds. */
    public void start() {
        on = true;
        lastPage = -1;
        executed.clear();
        linear.clear();
        physical.clear();
        deviceWrote = false;
        for (int i = 0; i < machine.processorCount(); i++) {
            machine.processor(i).mmu.flush();
        }
    }

    /** Takes nothing down until the next start. */
    public void stop() {
        on = false;
    }

    /** All since the last start; nothing before the first. */
    public Footprint taken() {
        return new Footprint(executed.pages(), linear.pages(), physical.pages(), deviceWrote);
    }

    /** For engines: code at a linear address may be executed; {@code lines} says which parts of its page. */
    public void executes(long linearAddress, long lines) {
        long page = linearAddress >>> PAGE_SHIFT;
        boolean known = page == lastPage && (lines & ~lastLines) == 0;
        if (on && !known) {
            lastLines = page == lastPage ? lastLines | lines : lines;
            lastPage = page;
            executed.set(page, lines);
        }
    }

    /** For MMUs: a page may be read, or read and written. */
    public void touches(long linearAddress, long physicalAddress, boolean write) {
        if (!on) {
            return;
        }
        long kind = write ? Footprint.READ | Footprint.WRITTEN : Footprint.READ;
        linear.set(linearAddress >>> PAGE_SHIFT, kind);
        physical.set(physicalAddress >>> PAGE_SHIFT, kind);
    }

    /** A device wrote to RAM. */
    void deviceWrites(long physicalAddress, int length) {
        if (!on) {
            return;
        }
        deviceWrote = true;
        long last = physicalAddress + Math.max(1, length) - 1 >>> PAGE_SHIFT;
        for (long page = physicalAddress >>> PAGE_SHIFT; page <= last; page++) {
            physical.set(page, Footprint.WRITTEN);
        }
    }
}
