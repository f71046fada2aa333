package org.retrovisor.monitor.isa;

import java.util.Locale;

/** What the last column of the instruction tables says of a row, in lower case there; see {@link InstructionTable}. */
public enum Attribute {
    // encoding
    VEX, I64, O64, D64, F64, L0, L1, W0, W1, WIG32, VSIB, ANYMOD, M16, STACK, LOCK,
    // where blocks end, and who may execute it
    RING0, ENDS, CROSSES,
    // how a 256-bit form is made of 128-bit ones
    LANES, MERGE, DIRECT, CLEARS, GROUP, SCALAR, NARROW, COUNT, WIDEN, UPPER2, UPPER3, UPPER4;

    /** IllegalArgumentException when there is none of that name. */
    static Attribute parse(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    long bit() {
        return 1L << ordinal();
    }
}
