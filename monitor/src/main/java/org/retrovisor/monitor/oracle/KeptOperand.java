package org.retrovisor.monitor.oracle;

import java.util.Map;
import java.util.function.Predicate;
import org.retrovisor.monitor.x87.X87Bits;

import static java.util.Map.entry;

/**
 * The operands of an x87 instruction that Intel's processors may answer with ST(0) as it is, noticing no underflow where the
 * model finds one: part of the list of {@link VendorDifferences}.
 *
 * <p>Multiplied by 1, or divided by infinity, a denormal is not even normalised when underflow is unmasked. Sine and tangent of
 * a small number are that number; the model's are a little smaller or larger, and so may be zero, denormal or normal where
 * the operand is not.
 *
 * @param control the control word
 * @param s0 significand of ST(0)
 * @param e0 sign and exponent of ST(0)
 * @param s1 significand of ST(1)
 * @param e1 sign and exponent of ST(1)
 */
public record KeptOperand(int control, long s0, int e0, long s1, int e1) {
    private static final int EXPONENT = 0x7FFF;
    private static final long INTEGER_BIT = Long.MIN_VALUE;
    /** What underflow does to the status word: its flag, and the summary when it is unmasked. */
    private static final int UNDERFLOW = X87Bits.UE | X87Bits.ES | X87Bits.BUSY;

    private static final Map<String, Predicate<KeptOperand>> CONDITIONS = Map.ofEntries(
            entry("FSCALE", o -> o.isUnmaskedDenormal() && o.s1 == 0),
            entry("FPREM", o -> o.isUnmaskedDenormal() && o.dividesByInfinity()),
            entry("FPREM1", o -> o.isUnmaskedDenormal() && o.dividesByInfinity()),
            entry("FSIN", KeptOperand::isLastOfItsKind),
            entry("FSINCOS", KeptOperand::isLastOfItsKind),
            entry("FPTAN", KeptOperand::isLastOfItsKind));

    /** Whether Intel's processors keep it in this instruction. */
    public boolean mayBeKeptBy(String mnemonic) {
        return CONDITIONS.getOrDefault(mnemonic, operand -> false).test(this);
    }

    /** Whether a result is ST(0); an integer bit of 1 gets the exponent that belongs to it. */
    public boolean isIn(long significand, int signExponent) {
        int normal = s0 < 0 && (e0 & EXPONENT) == 0 ? e0 | 1 : e0;
        return significand == s0 && signExponent == normal;
    }

    /** The host's status word once the operand was kept: it may have missed an underflow, but not found another. */
    public static int settledStatus(int host, int model) {
        return (host & X87Bits.UE) != 0 ? host : host & ~UNDERFLOW | model & UNDERFLOW;
    }

    /** A denormal in the strict sense, and underflow unmasked. */
    private boolean isUnmaskedDenormal() {
        return (control & X87Bits.UE) == 0 && (e0 & EXPONENT) == 0 && s0 > 0;
    }

    private boolean dividesByInfinity() {
        return (e1 & EXPONENT) == EXPONENT && s1 == INTEGER_BIT;
    }

    /** The smallest or largest denormal, or the smallest normal number in either of its encodings. */
    private boolean isLastOfItsKind() {
        int exponent = e0 & EXPONENT;
        return exponent == 0 && (s0 == 1 || s0 == Long.MAX_VALUE) || exponent <= 1 && s0 == INTEGER_BIT;
    }
}
