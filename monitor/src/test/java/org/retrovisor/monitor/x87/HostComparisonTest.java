package org.retrovisor.monitor.x87;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.retrovisor.monitor.oracle.ExtendedOperands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * The host processor is the truth: every instruction, on random and boundary states, must give the same bits.
 *
 * <p>System property {@code oracle.seed} chooses other states; {@code oracle.cases} makes a run longer (states per
 * instruction).
 */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
class HostComparisonTest {
    private static final long SEED = Long.getLong("oracle.seed", 0x80_87_387);
    private static final int CASES = Integer.getInteger("oracle.cases", 10_000);
    private static final X87State STATE = new X87State();
    private static final HostComparison COMPARISON = new HostComparison(STATE, new X87Unit(STATE));

    static List<X87Case> instructions() {
        return X87Cases.all();
    }

    @ParameterizedTest
    @MethodSource("instructions")
    void givesTheHostsBitsWithAllExceptionsMasked(X87Case instruction) {
        compare(instruction, SEED, false);
    }

    @ParameterizedTest
    @MethodSource("instructions")
    void givesTheHostsBitsWithExceptionsUnmaskedAtRandom(X87Case instruction) {
        compare(instruction, SEED + 1, true);
    }

    private static void compare(X87Case instruction, long seed, boolean unmask) {
        MemorySegment entry = COMPARISON.host.define(instruction.bytes());
        ExtendedOperands operands = new ExtendedOperands(seed);
        for (int n = 0; n < CASES; n++) {
            int masks = unmask ? operands.below(64) : X87Bits.EXCEPTIONS;
            String difference = instruction.run(COMPARISON, entry, operands, operands.below(0x20) << 8 | masks);
            int which = n;
            assertNull(difference, () -> instruction + ", seed " + seed + ", case " + which + "\n" + difference);
        }
    }

    @Test
    void comparesEveryInstructionOnce() {
        List<X87Case> cases = instructions();
        assertEquals(cases.size(), cases.stream().map(X87Case::name).distinct().count());
    }
}
