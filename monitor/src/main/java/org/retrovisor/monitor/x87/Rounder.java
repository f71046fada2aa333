package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.Float80.EXPONENT_MASK;
import static org.retrovisor.monitor.x87.Float80.INTEGER_BIT;
import static org.retrovisor.monitor.x87.X87Bits.CHOP;
import static org.retrovisor.monitor.x87.X87Bits.DE;
import static org.retrovisor.monitor.x87.X87Bits.DOWN;
import static org.retrovisor.monitor.x87.X87Bits.IE;
import static org.retrovisor.monitor.x87.X87Bits.NEAREST;
import static org.retrovisor.monitor.x87.X87Bits.OE;
import static org.retrovisor.monitor.x87.X87Bits.PE;
import static org.retrovisor.monitor.x87.X87Bits.UE;

/**
 * Rounding, range checks and packing; also the place where a result and its exceptions are held, so that arithmetic
 * allocates nothing. One instance serves one floating-point unit.
 *
 * <p>An unrounded number is a sign, a biased exponent of any size and a 128-bit significand {@code high:low} whose top
 * bit is set; the lowest bit of {@code low} may stand for any non-zero remainder below it.
 */
final class Rounder {
    /** What unmasked overflow and underflow subtract from or add to the exponent (SDM volume 1, 8.5.4). */
    static final int BIAS_ADJUST = 24576;

    private static final int[] PRECISIONS = {24, 64, 53, 64};

    /** Rounding control: one of the four constants of {@link X87Bits}. */
    int roundingControl;

    /** Significand bits that add, subtract, multiply, divide and square root keep: 24, 53 or 64. */
    int precision = 64;

    /** Exceptions that are not masked, as flag bits. */
    int unmasked;

    long significand;
    int signExponent;

    /** Exceptions of the last operation, masked or not. */
    int flags;

    /** The last rounding made the magnitude larger: condition code C1. */
    boolean roundedUp;

    /** Outcome of the last {@link #cut}: the kept bits in place, what was dropped, and a carry out of the top. */
    private long kept;

    private long fraction;
    private int carry;

    /** Takes rounding, precision and masks from a control word. */
    void control(int word) {
        roundingControl = word >>> X87Bits.ROUNDING_SHIFT & 3;
        precision = PRECISIONS[word >>> X87Bits.PRECISION_SHIFT & 3];
        unmasked = ~word & X87Bits.EXCEPTIONS;
    }

    void begin() {
        flags = 0;
        roundedUp = false;
    }

    /** The result is this encoding, as it is. */
    void exact(int newSignExponent, long newSignificand) {
        signExponent = newSignExponent;
        significand = newSignificand;
    }

    void zero(int sign) {
        exact(sign << 15, 0);
    }

    void infinity(int sign) {
        exact(sign << 15 | EXPONENT_MASK, INTEGER_BIT);
    }

    /** The masked answer to an invalid operation. */
    void invalid() {
        flags |= IE;
        indefinite();
    }

    void indefinite() {
        exact(Float80.INDEFINITE_SIGN_EXPONENT, Float80.INDEFINITE_SIGNIFICAND);
    }

    /** Notes a denormal operand; returns true when that ends the instruction. */
    boolean denormal() {
        flags |= DE;
        return (unmasked & DE) != 0;
    }

    /** Rounds to the precision of the control word. */
    void round(int sign, int exponent, long high, long low) {
        round(precision, EXPONENT_MASK, sign, exponent, high, low);
    }

    /** Rounds to all 64 bits, whatever the precision control says. */
    void roundExtended(int sign, int exponent, long high, long low) {
        round(64, EXPONENT_MASK, sign, exponent, high, low);
    }

    /**
     * Rounds to {@code bits} significand bits in a format whose exponents run from 1 to {@code limit - 1}. The result is
     * left in {@link #significand}, its integer bit on top, and in {@link #signExponent}.
     */
    void round(int bits, int limit, int sign, int exponent, long high, long low) {
        cut(bits, sign, high, low);
        int rounded = exponent + carry;
        if (rounded > 0 && rounded < limit) {
            noteInexact();
            exact(sign << 15 | rounded, kept);
        } else if (rounded > 0) {
            overflow(bits, limit, sign, rounded);
        } else {
            underflow(bits, sign, exponent, high, low);
        }
    }

    private void cut(int bits, int sign, long high, long low) {
        int drop = 64 - bits;
        kept = high >>> drop << drop;
        fraction = drop == 0 ? low : high << bits | (low == 0 ? 0 : 1);
        carry = 0;
        roundedUp = increments(roundingControl, sign, kept >>> drop, fraction);
        if (roundedUp) {
            kept += 1L << drop;
            if (kept == 0) {
                kept = INTEGER_BIT;
                carry = 1;
            }
        }
    }

    private void noteInexact() {
        if (fraction != 0) {
            flags |= PE;
        }
    }

    /** Masked: infinity, or the largest number when rounding goes toward zero. Unmasked: the exponent is adjusted. */
    private void overflow(int bits, int limit, int sign, int rounded) {
        flags |= OE;
        if ((unmasked & OE) != 0) {
            noteInexact();
            wrap(sign, rounded - BIAS_ADJUST);
            return;
        }
        flags |= PE;
        roundedUp = increments(roundingControl, sign, 1, -1L);
        if (roundedUp) {
            exact(sign << 15 | limit, INTEGER_BIT);
        } else {
            exact(sign << 15 | limit - 1, -1L << 64 - bits);
        }
    }

    /** Masked: the significand is shifted to the smallest exponent and rounded there. Unmasked: the exponent is adjusted. */
    private void underflow(int bits, int sign, int exponent, long high, long low) {
        if ((unmasked & UE) != 0) {
            flags |= UE;
            noteInexact();
            wrap(sign, exponent + carry + BIAS_ADJUST);
            return;
        }
        int shift = 1 - exponent;
        cut(bits, sign, Bits128.shiftRightHigh(high, shift), Bits128.shiftRightLowSticky(high, low, shift));
        if (fraction != 0) {
            flags |= UE | PE;
        }
        exact(sign << 15 | (kept < 0 ? 1 : 0), kept);
    }

    /** Stores a result whose exponent was adjusted; what is out of range even so becomes infinity or zero. */
    private void wrap(int sign, int exponent) {
        if (exponent <= 0) {
            flags |= PE;
            roundedUp = false;
            zero(sign);
        } else if (exponent >= EXPONENT_MASK) {
            flags |= PE;
            roundedUp = true;
            infinity(sign);
        } else {
            exact(sign << 15 | exponent, kept);
        }
    }

    /**
     * Whether a magnitude whose lowest kept bit is bit 0 of {@code kept} grows when the left-aligned {@code fraction} is
     * dropped.
     */
    static boolean increments(int roundingControl, int sign, long kept, long fraction) {
        return switch (roundingControl) {
            case NEAREST -> fraction < 0 && (fraction != INTEGER_BIT || (kept & 1) != 0);
            case DOWN -> fraction != 0 && sign != 0;
            case CHOP -> false;
            default -> fraction != 0 && sign == 0;
        };
    }
}
