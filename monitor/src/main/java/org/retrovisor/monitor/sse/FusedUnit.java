package org.retrovisor.monitor.sse;

import java.math.BigInteger;

/** Fused multiply-add: the exact product and sum, rounded once (Intel SDM volume 1, section 14.5). */
public final class FusedUnit {
    private static final int KEPT_BITS = 62;

    private FusedUnit() {}

    /** a * b + c, with the signs of product and addend turned where asked for. */
    public static long apply(FloatUnit unit, int mxcsr, boolean single, long a, long b, long c, boolean minusProduct,
            boolean minusAddend) {
        Format f = single ? Format.SINGLE : Format.DOUBLE;
        unit.use(mxcsr);
        long x = unit.operand(f, a);
        long y = unit.operand(f, b);
        long z = unit.operand(f, c);
        if (f.nan(x) || f.nan(y) || f.nan(z)) {
            return propagate(unit, f, x, y, z);
        }
        boolean negative = f.negative(x) != f.negative(y) != minusProduct;
        return add(unit, f, x, y, minusAddend ? z ^ f.sign : z, negative);
    }

    /** The first NaN of multiplicand, multiplier and addend, made quiet. */
    private static long propagate(FloatUnit unit, Format f, long x, long y, long z) {
        if (f.signaling(x) || f.signaling(y) || f.signaling(z)) {
            unit.raised |= Mxcsr.IE;
        }
        return (f.nan(x) ? x : f.nan(y) ? y : z) | f.quiet;
    }

    private static long add(FloatUnit unit, Format f, long x, long y, long z, boolean negative) {
        boolean infinite = f.infinite(x) || f.infinite(y);
        if (infinite && (f.zero(x) || f.zero(y)) || infinite && f.infinite(z) && negative != f.negative(z)) {
            return unit.invalid(f);
        }
        unit.noteDenormals(f, x, y);
        unit.noteDenormals(f, z, z);
        if (infinite) {
            return FloatUnit.signed(f, negative, f.infinity);
        }
        if (f.infinite(z)) {
            return z;
        }
        return sum(unit, f, x, y, z, negative);
    }

    private static long sum(FloatUnit unit, Format f, long x, long y, long z, boolean negative) {
        int unit0 = f.bias + f.fractionBits;
        BigInteger product = BigInteger.valueOf(f.significand(x)).multiply(BigInteger.valueOf(f.significand(y)));
        int productScale = f.scale(x) + f.scale(y) - 2 * unit0;
        BigInteger addend = BigInteger.valueOf(f.significand(z));
        int addendScale = f.scale(z) - unit0;
        int scale = Math.min(productScale, addendScale);
        BigInteger total = signed(product.shiftLeft(productScale - scale), negative)
                .add(signed(addend.shiftLeft(addendScale - scale), f.negative(z)));
        if (total.signum() == 0) {
            boolean minus = negative == f.negative(z) ? negative : unit.roundsDown();
            return FloatUnit.signed(f, minus, 0);
        }
        BigInteger magnitude = total.abs();
        int bits = magnitude.bitLength();
        int surplus = bits - KEPT_BITS;
        long significand = magnitude.shiftRight(surplus).longValue();
        boolean lost = surplus > 0 && magnitude.getLowestSetBit() < surplus;
        return unit.round(f, total.signum() < 0, scale + bits - 1 + f.bias, significand | (lost ? 1 : 0));
    }

    private static BigInteger signed(BigInteger value, boolean negative) {
        return negative ? value.negate() : value;
    }
}
