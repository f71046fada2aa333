package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.X87Bits.C1;
import static org.retrovisor.monitor.x87.X87Bits.IE;
import static org.retrovisor.monitor.x87.X87Bits.SF;

/**
 * Loads, which push, and stores. A store comes in two steps, so that a page fault leaves the unit as it was: {@code
 * prepare...} computes value and exceptions and says whether memory is written at all; the processor writes {@link #value}
 * and {@link #valueHigh}; {@link #complete} then raises the exceptions and pops.
 */
public final class X87Transfer {
    /** Exceptions that keep a store from memory and from popping when they are unmasked. */
    private static final int NO_STORE = IE | X87Bits.OE | X87Bits.UE;

    private final X87Core core;
    private final X87State state;
    private long value;
    private int valueHigh;
    private int flags;
    private int c1;

    X87Transfer(X87Core core) {
        this.core = core;
        state = core.state;
    }

    /** FLD m32fp. */
    public void loadFloat32(int bits) {
        core.conversions.widenFloat32(bits);
        pushConverted();
    }

    /** FLD m64fp. */
    public void loadFloat64(long bits) {
        core.conversions.widenFloat64(bits);
        pushConverted();
    }

    /** FILD, any width. */
    public void loadInteger(long integer) {
        core.conversions.widenInteger(integer);
        pushExact(core.conversions.significand, core.conversions.signExponent);
    }

    /** FLD m80fp: any encoding, without exceptions. */
    public void loadExtended(long significand, int signExponent) {
        pushExact(significand, signExponent);
    }

    /** FBLD: the low 8 bytes and the high 2. */
    public void loadPackedDecimal(long low, int high) {
        core.conversions.widenInteger(PackedDecimal.magnitude(low, high));
        pushExact(core.conversions.significand, core.conversions.signExponent | high & Float80.SIGN);
    }

    /** FLD ST(i). */
    public void loadRegister(int i) {
        if (!core.present(i)) {
            core.pushIndefinite();
        } else {
            pushExact(state.significand(i), state.signExponent(i));
        }
    }

    private void pushExact(long significand, int signExponent) {
        if (!core.room()) {
            core.pushIndefinite();
            return;
        }
        core.clearC1();
        state.push(significand, signExponent);
    }

    private void pushConverted() {
        if (!core.room()) {
            core.pushIndefinite();
            return;
        }
        core.out.begin();
        long significand = core.conversions.significand;
        int signExponent = core.conversions.signExponent;
        if (Float80.classify(significand, signExponent) == Float80.SIGNALLING_NAN) {
            core.out.flags |= IE;
            significand |= Float80.QUIET_BIT;
        } else if (core.conversions.denormal) {
            core.out.flags |= X87Bits.DE;
        }
        core.raise();
        if ((core.out.flags & IE) == 0 || core.invalidMasked()) {
            state.push(significand, signExponent);
        }
    }

    /** FST and FSTP ST(i): a copy, without exceptions but the stack's. */
    public void storeRegister(int i, boolean pop) {
        boolean written;
        if (core.present(0)) {
            core.clearC1();
            state.set(i, state.significand(0), state.signExponent(0));
            written = true;
        } else {
            written = core.indefiniteInto(i);
        }
        if (written && pop) {
            state.pop();
        }
    }

    /** FSTPNCE ST(i), an undocumented FSTP that pops an empty register without complaint. */
    public void storeRegisterUnchecked(int i) {
        if (state.isEmpty(0)) {
            core.clearC1();
            state.pop();
        } else {
            storeRegister(i, true);
        }
    }

    /** FST m32fp. */
    public boolean prepareFloat32() {
        if (state.isEmpty(0)) {
            return prepareIndefinite(0xFFC0_0000L, 0);
        }
        return prepared(core.conversions.toFloat32(state.significand(0), state.signExponent(0)));
    }

    /** FST m64fp. */
    public boolean prepareFloat64() {
        if (state.isEmpty(0)) {
            return prepareIndefinite(0xFFF8_0000_0000_0000L, 0);
        }
        return prepared(core.conversions.toFloat64(state.significand(0), state.signExponent(0)));
    }

    /** FSTP m80fp. */
    public boolean prepareExtended() {
        if (state.isEmpty(0)) {
            return prepareIndefinite(Float80.INDEFINITE_SIGNIFICAND, Float80.INDEFINITE_SIGN_EXPONENT);
        }
        core.out.begin();
        valueHigh = state.signExponent(0);
        return prepared(state.significand(0));
    }

    /** FIST of 16, 32 or 64 bits. */
    public boolean prepareInteger(int bits) {
        return prepareInteger(bits, core.out.roundingControl);
    }

    /** FISTTP of 16, 32 or 64 bits. */
    public boolean prepareTruncated(int bits) {
        return prepareInteger(bits, X87Bits.CHOP);
    }

    private boolean prepareInteger(int bits, int roundingControl) {
        if (state.isEmpty(0)) {
            return prepareIndefinite(-1L << bits - 1, 0);
        }
        return prepared(
                core.conversions.toInteger(state.significand(0), state.signExponent(0), bits, roundingControl));
    }

    /** FBSTP: 8 bytes of {@link #value}, 2 of {@link #valueHigh}. */
    public boolean preparePackedDecimal() {
        if (state.isEmpty(0)) {
            return prepareIndefinite(PackedDecimal.INDEFINITE_LOW, PackedDecimal.INDEFINITE_HIGH);
        }
        int signExponent = state.signExponent(0);
        long integer = core.conversions.toInteger(state.significand(0), signExponent, 64, core.out.roundingControl);
        long magnitude = Math.abs(integer);
        if ((core.out.flags & IE) != 0 || !PackedDecimal.fits(magnitude)) {
            core.out.begin();
            core.out.flags = IE;
            valueHigh = PackedDecimal.INDEFINITE_HIGH;
            return prepared(PackedDecimal.INDEFINITE_LOW);
        }
        valueHigh = PackedDecimal.high(Float80.sign(signExponent), magnitude);
        return prepared(PackedDecimal.low(magnitude));
    }

    private boolean prepareIndefinite(long low, int high) {
        value = low;
        valueHigh = high;
        flags = IE | SF;
        c1 = 0;
        return writes();
    }

    private boolean prepared(long stored) {
        value = stored;
        flags = core.out.flags;
        c1 = core.out.roundedUp ? C1 : 0;
        return writes();
    }

    private boolean writes() {
        return (flags & core.out.unmasked & NO_STORE) == 0;
    }

    /** The bytes to store, or the low 8 of them. */
    public long value() {
        return value;
    }

    /** The high 2 bytes of a 10-byte store. */
    public int valueHigh() {
        return valueHigh;
    }

    /** Ends a store: raises its exceptions and pops if asked, unless an unmasked exception forbids it. */
    public void complete(boolean pop) {
        state.addFlags(flags);
        state.setConditions(C1, c1);
        if (pop && writes()) {
            state.pop();
        }
    }
}
