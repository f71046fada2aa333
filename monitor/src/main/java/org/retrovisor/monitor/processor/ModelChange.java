package org.retrovisor.monitor.processor;

import java.util.Arrays;

/**
 * What guests can see of corrections to the processor models, and in which version of the models each came. A machine of an
 * earlier version behaves as it did then, so that an old trace goes the way it was recorded.
 */
public enum ModelChange {
    /** RFLAGS.RF is 1 in the image that an interrupt or trap between two iterations of a REP instruction pushes. */
    RESUME_FLAG_BETWEEN_ITERATIONS(2),
    /** A data breakpoint that a load of SS hits traps behind the next instruction, and is not lost. */
    HELD_HITS(2),
    /** The four pointers of PAE paging are kept from the last load of CR3, and not read with each walk. */
    KEPT_POINTERS(2),
    /** An instruction that crosses the end of the code segment and goes on into a page that faults raises #GP, not #PF. */
    CODE_LIMIT_BEFORE_PAGE(2);

    /** The version that a processor had before the first change. */
    public static final int FIRST_VERSION = 1;

    private final int version;

    ModelChange(int version) {
        this.version = version;
    }

    /** Whether processors of a version of the models have it. */
    boolean isIn(int modelVersion) {
        return modelVersion >= version;
    }

    /** The version of the models with all changes. */
    public static int currentVersion() {
        return Arrays.stream(values()).mapToInt(change -> change.version).max().orElse(FIRST_VERSION);
    }
}
