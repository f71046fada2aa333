package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.translator.store.FoundBlock;

/** The host code of a block, and of what follows it, at one linear address. */
final class Translation {
    /** Stands for blocks whose first instruction has no rule. */
    static final Translation REFUSED = new Translation(-1, 0, 0, -1, 0, 0);

    /** Linear address of the block, length of all that went into the code, how many instructions that are, and their page frame. */
    final long rip;

    final int bytes;
    final int moments;
    final int frame;
    /** Distance of its entry, and of the code that replaces it when it is dead, from the start of the code cache. */
    final long entry;

    final long epitaph;
    boolean dead;
    /** What the host code is to be copied from, as long as there is none; null afterwards. */
    final FoundBlock stored;

    Translation(long rip, int bytes, int moments, int frame, long entry, long epitaph) {
        this.rip = rip;
        this.bytes = bytes;
        this.moments = moments;
        this.frame = frame;
        this.entry = entry;
        this.epitaph = epitaph;
        this.stored = null;
    }

    /** A translation of an earlier run, without code yet. */
    Translation(FoundBlock stored) {
        this.rip = stored.rip();
        this.bytes = stored.guestBytes();
        this.moments = stored.moments();
        this.frame = -1;
        this.entry = 0;
        this.epitaph = 0;
        this.dead = true;
        this.stored = stored;
    }
}
