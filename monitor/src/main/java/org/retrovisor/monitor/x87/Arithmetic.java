package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.Float80.DENORMAL;
import static org.retrovisor.monitor.x87.Float80.INFINITY;
import static org.retrovisor.monitor.x87.Float80.INTEGER_BIT;
import static org.retrovisor.monitor.x87.Float80.INVALID;
import static org.retrovisor.monitor.x87.Float80.QUIET_BIT;
import static org.retrovisor.monitor.x87.Float80.SIGN;
import static org.retrovisor.monitor.x87.Float80.SIGNALLING_NAN;
import static org.retrovisor.monitor.x87.Float80.ZERO;
import static org.retrovisor.monitor.x87.Float80.classify;
import static org.retrovisor.monitor.x87.Float80.exponent;
import static org.retrovisor.monitor.x87.Float80.isNan;
import static org.retrovisor.monitor.x87.Float80.isNormal;
import static org.retrovisor.monitor.x87.Float80.normalExponent;
import static org.retrovisor.monitor.x87.Float80.normalSignificand;
import static org.retrovisor.monitor.x87.Float80.sign;

/**
 * Add, subtract, multiply, divide, square root and comparison of extended numbers. Operands come as (significand, sign and
 * exponent) pairs; result, exceptions and C1 are left in the {@link Rounder}. Each operation has a fast path for normal
 * operands and a slow one that settles NaNs, infinities, zeros and denormals first (SDM volume 1, tables 4-7 and 8-10).
 */
final class Arithmetic {
    /** Outcomes of {@link #compare}. */
    static final int LESS = -1;

    static final int EQUAL = 0;
    static final int GREATER = 1;
    static final int UNORDERED = 2;

    private final Rounder out;

    /** The first operand came from a denormal in memory: part of the denormal-operand test of the next operation. */
    boolean denormalSource;

    Arithmetic(Rounder out) {
        this.out = out;
    }

    /** {@code a + b}. */
    void add(long sa, int ea, long sb, int eb) {
        out.begin();
        if (isNormal(sa, ea) && isNormal(sb, eb) && !denormalSource) {
            addFinite(sign(ea), exponent(ea), sa, sign(eb), exponent(eb), sb);
        } else {
            addSpecial(sa, ea, sb, eb, 0);
        }
    }

    /** {@code a - b}. */
    void subtract(long sa, int ea, long sb, int eb) {
        out.begin();
        if (isNormal(sa, ea) && isNormal(sb, eb) && !denormalSource) {
            addFinite(sign(ea), exponent(ea), sa, sign(eb) ^ 1, exponent(eb), sb);
        } else {
            addSpecial(sa, ea, sb, eb, SIGN);
        }
    }

    /** {@code flip} is xor-ed into b's sign once NaNs, which keep theirs, are out of the way. */
    private void addSpecial(long sa, int ea, long sb, int eb, int flip) {
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (settleNan(ka, sa, ea, kb, sb, eb)) {
            return;
        }
        int signA = sign(ea);
        int signB = sign(eb ^ flip);
        if (ka == INFINITY && kb == INFINITY && signA != signB) {
            out.invalid();
        } else if (settleDenormal(ka, kb)) {
            return;
        } else if (ka == INFINITY || kb == INFINITY) {
            out.infinity(ka == INFINITY ? signA : signB);
        } else if (ka == ZERO && kb == ZERO) {
            out.zero(signA == signB ? signA : zeroSign());
        } else if (ka == ZERO) {
            out.round(signB, normalExponent(sb, eb), normalSignificand(sb), 0);
        } else if (kb == ZERO) {
            out.round(signA, normalExponent(sa, ea), normalSignificand(sa), 0);
        } else {
            addFinite(
                    signA,
                    normalExponent(sa, ea),
                    normalSignificand(sa),
                    signB,
                    normalExponent(sb, eb),
                    normalSignificand(sb));
        }
    }

    /** Sign of an exact difference of equal numbers. */
    private int zeroSign() {
        return out.roundingControl == X87Bits.DOWN ? 1 : 0;
    }

    private void addFinite(int signA, int ea, long sa, int signB, int eb, long sb) {
        boolean swap = ea < eb || ea == eb && Long.compareUnsigned(sa, sb) < 0;
        long large = swap ? sb : sa;
        long small = swap ? sa : sb;
        int top = swap ? eb : ea;
        int shift = swap ? eb - ea : ea - eb;
        int sign = swap ? signB : signA;
        long high = Bits128.shiftRightHigh(small, shift);
        long low = Bits128.shiftRightLowSticky(small, 0, shift);
        if (signA == signB) {
            addMagnitudes(sign, top, large, high, low);
        } else {
            subtractMagnitudes(sign, top, large, high, low);
        }
    }

    private void addMagnitudes(int sign, int exponent, long large, long high, long low) {
        long sum = large + high;
        if (Long.compareUnsigned(sum, large) < 0) {
            out.round(sign, exponent + 1, sum >>> 1 | INTEGER_BIT, sum << 63 | low >>> 1 | low & 1);
        } else {
            out.round(sign, exponent, sum, low);
        }
    }

    private void subtractMagnitudes(int sign, int exponent, long large, long high, long low) {
        long restLow = -low;
        long restHigh = large - high - (low != 0 ? 1 : 0);
        if (restHigh == 0) {
            if (restLow == 0) {
                out.zero(zeroSign());
                return;
            }
            int shift = Long.numberOfLeadingZeros(restLow);
            out.round(sign, exponent - 64 - shift, restLow << shift, 0);
            return;
        }
        int shift = Long.numberOfLeadingZeros(restHigh);
        if (shift != 0) {
            restHigh = restHigh << shift | restLow >>> 64 - shift;
            restLow <<= shift;
        }
        out.round(sign, exponent - shift, restHigh, restLow);
    }

    /** {@code a * b}. */
    void multiply(long sa, int ea, long sb, int eb) {
        out.begin();
        int sign = sign(ea ^ eb);
        if (isNormal(sa, ea) && isNormal(sb, eb) && !denormalSource) {
            multiplyFinite(sign, exponent(ea), sa, exponent(eb), sb);
            return;
        }
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (settleNan(ka, sa, ea, kb, sb, eb)) {
            return;
        }
        if (ka == INFINITY && kb == ZERO || ka == ZERO && kb == INFINITY) {
            out.invalid();
        } else if (settleDenormal(ka, kb)) {
            return;
        } else if (ka == INFINITY || kb == INFINITY) {
            out.infinity(sign);
        } else if (ka == ZERO || kb == ZERO) {
            out.zero(sign);
        } else {
            multiplyFinite(
                    sign, normalExponent(sa, ea), normalSignificand(sa), normalExponent(sb, eb), normalSignificand(sb));
        }
    }

    private void multiplyFinite(int sign, int ea, long sa, int eb, long sb) {
        long high = Math.unsignedMultiplyHigh(sa, sb);
        long low = sa * sb;
        int exponent = ea + eb - Float80.BIAS + 1;
        if (high >= 0) {
            high = high << 1 | low >>> 63;
            low <<= 1;
            exponent--;
        }
        out.round(sign, exponent, high, low);
    }

    /** {@code a / b}. */
    void divide(long sa, int ea, long sb, int eb) {
        out.begin();
        int sign = sign(ea ^ eb);
        if (isNormal(sa, ea) && isNormal(sb, eb) && !denormalSource) {
            divideFinite(sign, exponent(ea), sa, exponent(eb), sb);
            return;
        }
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (settleNan(ka, sa, ea, kb, sb, eb)) {
            return;
        }
        if (ka == kb && (ka == INFINITY || ka == ZERO)) {
            out.invalid();
        } else if (kb == ZERO && ka != INFINITY) {
            out.flags |= X87Bits.ZE;
            out.infinity(sign);
        } else if (settleDenormal(ka, kb)) {
            return;
        } else if (ka == INFINITY) {
            out.infinity(sign);
        } else if (ka == ZERO || kb == INFINITY) {
            out.zero(sign);
        } else {
            divideFinite(
                    sign, normalExponent(sa, ea), normalSignificand(sa), normalExponent(sb, eb), normalSignificand(sb));
        }
    }

    private void divideFinite(int sign, int ea, long sa, int eb, long sb) {
        boolean halve = Long.compareUnsigned(sa, sb) >= 0;
        long low = halve ? sa << 63 : 0;
        long quotient = Bits128.divide(halve ? sa >>> 1 : sa, low, sb);
        long remainder = low - quotient * sb;
        int exponent = ea - eb + Float80.BIAS - (halve ? 0 : 1);
        out.round(sign, exponent, quotient, roundingBits(remainder, sb));
    }

    /** The next quotient bit on top and a sticky bit at the bottom. */
    private static long roundingBits(long remainder, long divisor) {
        if (remainder == 0) {
            return 0;
        }
        int order = remainder < 0 ? 1 : Long.compareUnsigned(remainder << 1, divisor);
        return order < 0 ? 1 : order == 0 ? INTEGER_BIT : INTEGER_BIT | 1;
    }

    /** Square root of {@code a}. */
    void squareRoot(long sa, int ea) {
        out.begin();
        int kind = classify(sa, ea);
        if (settleNan(kind, sa, ea)) {
            return;
        }
        if (kind == ZERO) {
            out.exact(ea, sa);
        } else if ((ea & SIGN) != 0) {
            out.invalid();
        } else if (kind == INFINITY) {
            out.infinity(0);
        } else if (kind != DENORMAL || !out.denormal()) {
            rootFinite(normalExponent(sa, ea), normalSignificand(sa));
        }
    }

    /** The radicand is placed so that its exponent is even and its root fills 64 bits. */
    private void rootFinite(int exponent, long significand) {
        int unbiased = exponent - Float80.BIAS;
        boolean odd = (unbiased & 1) != 0;
        long high = odd ? significand : significand >>> 1;
        long low = odd ? 0 : significand << 63;
        long root = root(high, low);
        long restHigh = high - Math.unsignedMultiplyHigh(root, root);
        long squareLow = root * root;
        restHigh -= Long.compareUnsigned(low, squareLow) < 0 ? 1 : 0;
        long rest = low - squareLow;
        // The radicand is root^2 + rest, and (root + 1/2)^2 = root^2 + root + 1/4: never an exact half.
        boolean overHalf = restHigh != 0 || Long.compareUnsigned(rest, root) > 0;
        long fraction = overHalf ? INTEGER_BIT | 1 : rest != 0 ? 1 : 0;
        out.round(0, (unbiased >> 1) + Float80.BIAS, root, fraction);
    }

    /**
     * Integer square root of {@code high:low}, at least 2^126. The host's double is only a first guess; the last loop is
     * exact, so the host cannot be seen in the result.
     */
    private static long root(long high, long low) {
        double radicand = unsigned(high) * 0x1p64 + unsigned(low);
        double guess = Math.min(Math.sqrt(radicand), 0x1.fffffffffffffp63);
        long root = (long) (guess * 0.5) << 1;
        long square = root * root;
        long restHigh = high - Math.unsignedMultiplyHigh(root, root) - (Long.compareUnsigned(low, square) < 0 ? 1 : 0);
        double rest = restHigh * 0x1p64 + unsigned(low - square);
        root += (long) (rest / (2 * guess));
        if (root >= 0) {
            root = -1L;
        }
        while (squareExceeds(root, high, low)) {
            root--;
        }
        while (root != -1L && !squareExceeds(root + 1, high, low)) {
            root++;
        }
        return root;
    }

    private static boolean squareExceeds(long root, long high, long low) {
        int order = Long.compareUnsigned(Math.unsignedMultiplyHigh(root, root), high);
        return order > 0 || order == 0 && Long.compareUnsigned(root * root, low) > 0;
    }

    private static double unsigned(long value) {
        return (value >>> 11) * 0x1p11 + (value & 0x7FF);
    }

    /**
     * Orders a against b. A signalling NaN or an invalid encoding is an invalid operation; a quiet NaN only when
     * {@code quietIsInvalid} (FCOM and FCOMI, not FUCOM and FUCOMI).
     */
    int compare(long sa, int ea, long sb, int eb, boolean quietIsInvalid) {
        out.begin();
        if (isNormal(sa, ea) && isNormal(sb, eb) && !denormalSource) {
            return order(sign(ea), exponent(ea), sa, sign(eb), exponent(eb), sb);
        }
        int ka = classify(sa, ea);
        int kb = classify(sb, eb);
        if (ka > INFINITY || kb > INFINITY) {
            if (quietIsInvalid || ka >= SIGNALLING_NAN || kb >= SIGNALLING_NAN) {
                out.flags |= X87Bits.IE;
            }
            return UNORDERED;
        }
        noteDenormals(ka, kb);
        if (ka == ZERO && kb == ZERO) {
            return EQUAL;
        }
        if (ka == ZERO) {
            return sign(eb) != 0 ? GREATER : LESS;
        }
        if (kb == ZERO) {
            return sign(ea) != 0 ? LESS : GREATER;
        }
        return order(
                sign(ea),
                normalExponent(sa, ea),
                normalSignificand(sa),
                sign(eb),
                normalExponent(sb, eb),
                normalSignificand(sb));
    }

    private static int order(int signA, int ea, long sa, int signB, int eb, long sb) {
        if (signA != signB) {
            return signA != 0 ? LESS : GREATER;
        }
        int magnitude = ea != eb ? Integer.compare(ea, eb) : Long.compareUnsigned(sa, sb);
        return Integer.signum(signA != 0 ? -magnitude : magnitude);
    }

    /** Answers for NaN and invalid operands; returns false when there are none. */
    boolean settleNan(int ka, long sa, int ea, int kb, long sb, int eb) {
        if (ka <= INFINITY && kb <= INFINITY) {
            return false;
        }
        if (ka == INVALID || kb == INVALID) {
            out.invalid();
            return true;
        }
        if (ka == SIGNALLING_NAN || kb == SIGNALLING_NAN) {
            out.flags |= X87Bits.IE;
        }
        if (firstNanWins(ka, sa, ea, kb, sb)) {
            out.exact(ea, sa | QUIET_BIT);
        } else {
            out.exact(eb, sb | QUIET_BIT);
        }
        return true;
    }

    /** The same for one operand. */
    boolean settleNan(int kind, long significand, int signExponent) {
        return settleNan(kind, significand, signExponent, ZERO, 0, 0);
    }

    /** Of two NaNs a quiet one beats a signalling one, then the larger significand wins, then the positive one. */
    private static boolean firstNanWins(int ka, long sa, int ea, int kb, long sb) {
        if (!isNan(ka) || !isNan(kb)) {
            return isNan(ka);
        }
        if (ka != kb) {
            return kb == SIGNALLING_NAN;
        }
        return sa == sb ? sign(ea) == 0 : Long.compareUnsigned(sa, sb) > 0;
    }

    /** Notes denormal operands; returns true when the exception is unmasked, which ends the instruction. */
    boolean settleDenormal(int ka, int kb) {
        noteDenormals(ka, kb);
        return (out.flags & out.unmasked & X87Bits.DE) != 0;
    }

    private void noteDenormals(int ka, int kb) {
        if (ka == DENORMAL || kb == DENORMAL || denormalSource) {
            out.flags |= X87Bits.DE;
        }
    }
}
