package org.retrovisor.monitor.x87;

import java.lang.foreign.MemorySegment;
import org.retrovisor.monitor.oracle.ExtendedOperands;

/**
 * One instruction on both sides: its bytes for the host and its meaning on our unit.
 *
 * @param name what it is, for the report
 * @param source the kind of memory operand that the case is fed with
 * @param statusMask the bits of the status word that must agree
 * @param ulps how far results may be apart, in units of the last place
 * @param model our side
 * @param bytes machine code; a memory operand is addressed by RSI
 */
record X87Case(String name, Source source, int statusMask, int ulps, HostComparison.Model model, int... bytes) {
    /** Condition codes that the manual leaves undefined outside comparisons. */
    static final int DEFINED = 0xFFFF & ~(X87Bits.C0 | X87Bits.C2 | X87Bits.C3);

    static final int ALL = 0xFFFF;

    /** Memory operands. */
    enum Source {
        ANY, FLOAT32, FLOAT64, SMALL_ST0
    }

    static X87Case of(String name, int statusMask, HostComparison.Model model, int... bytes) {
        return new X87Case(name, Source.ANY, statusMask, 0, model, bytes);
    }

    static X87Case of(String name, Source source, int statusMask, HostComparison.Model model, int... bytes) {
        return new X87Case(name, source, statusMask, 0, model, bytes);
    }

    /** Runs one random state on both sides; null when they agree. */
    String run(HostComparison c, MemorySegment entry, ExtendedOperands operands, int control) {
        return run(c, entry, operands, control, model);
    }

    /** The same with another model of ours. */
    String run(HostComparison c, MemorySegment entry, ExtendedOperands operands, int control,
            HostComparison.Model ours) {
        c.prepare(operands, control);
        feed(c, operands);
        return c.compare(name, entry, ours, statusMask, ulps);
    }

    /** Makes the operand fit the case. */
    private void feed(HostComparison c, ExtendedOperands operands) {
        switch (source) {
            case FLOAT32 -> c.operandLow = operands.float32();
            case FLOAT64 -> c.operandLow = operands.float64();
            case SMALL_ST0 -> keepSmall(c.state);
            default -> {
                // any bits will do
            }
        }
    }

    /** FYL2XP1 promises nothing unless |x| is below 1 - sqrt(1/2). */
    private static void keepSmall(X87State state) {
        int se = state.signExponent(0);
        int exponent = se & 0x7FFF;
        if (exponent > 16383 - 3 && exponent != 0x7FFF) {
            se = se & 0x8000 | 16383 - 3 - (exponent & 63);
            state.setPhysical(state.top(), state.significand(0), se);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
