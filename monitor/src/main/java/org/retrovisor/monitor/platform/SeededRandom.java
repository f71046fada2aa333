package org.retrovisor.monitor.platform;

import java.util.function.LongSupplier;

/** The random bits of RDRAND for a run that must be the same each time: SplitMix64 (Steele, Lea, Flood 2014). */
public final class SeededRandom implements LongSupplier {
    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    /** The sequence that belongs to {@code seed}. */
    public SeededRandom(long seed) {
        this.state = seed;
    }

    @Override
    public long getAsLong() {
        state += GOLDEN_GAMMA;
        long mixed = (state ^ (state >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ (mixed >>> 31);
    }
}
