package org.retrovisor.monitor.oracle;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/** What the tests share that compare random cases with the host in parts, each with cases of its own. */
final class SiliconParts {
    static final long SEED = Long.getLong("oracle.seed", 20251122);
    private static final int PARTS = 3;

    private SiliconParts() {}

    /** The comparison, where this host can make it. */
    static Silicon silicon() {
        Silicon.obstacle().ifPresent(obstacle -> Assumptions.abort(obstacle));
        return new Silicon();
    }

    /** All parts, or the one that a system property names. */
    static IntStream all() {
        Integer part = Integer.getInteger("oracle.part");
        return part == null ? IntStream.range(0, PARTS) : IntStream.of(part);
    }
}
