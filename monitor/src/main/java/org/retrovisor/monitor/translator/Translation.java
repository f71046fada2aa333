package org.retrovisor.monitor.translator;

/** The host code of one block at one linear address. */
final class Translation {
    /** Stands for blocks whose first instruction has no rule. */
    static final Translation REFUSED = new Translation(-1, -1, 0, 0);

    /** Linear address and page frame of the block. */
    final long rip;

    final int frame;
    /** Distance of its entry, and of the code that replaces it when it is dead, from the start of the code cache. */
    final long entry;

    final long epitaph;
    boolean dead;

    Translation(long rip, int frame, long entry, long epitaph) {
        this.rip = rip;
        this.frame = frame;
        this.entry = entry;
        this.epitaph = epitaph;
    }
}
