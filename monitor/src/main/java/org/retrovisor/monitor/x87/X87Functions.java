package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.X87Bits.C0;
import static org.retrovisor.monitor.x87.X87Bits.C1;
import static org.retrovisor.monitor.x87.X87Bits.C2;
import static org.retrovisor.monitor.x87.X87Bits.C3;
import static org.retrovisor.monitor.x87.X87Bits.CONDITIONS;

/** Functions of the top of the stack: sign, square root, rounding, scaling, remainders and constants. */
public final class X87Functions {
    private final X87Core core;
    private final X87State state;

    X87Functions(X87Core core) {
        this.core = core;
        state = core.state;
    }

    /** FCHS. */
    public void changeSign() {
        setSignExponent(state.signExponent(0) ^ Float80.SIGN);
    }

    /** FABS. */
    public void absolute() {
        setSignExponent(state.signExponent(0) & ~Float80.SIGN);
    }

    /** Sign operations take any encoding without complaint. */
    private void setSignExponent(int signExponent) {
        if (core.present(0)) {
            core.clearC1();
            state.set(0, state.significand(0), signExponent);
        } else {
            core.indefiniteInto(0);
        }
    }

    /** FSQRT. */
    public void squareRoot() {
        if (ready()) {
            core.arithmetic.squareRoot(state.significand(0), state.signExponent(0));
            core.commit(0);
        }
    }

    /** FRNDINT. */
    public void roundToInteger() {
        if (ready()) {
            core.exponents.roundToInteger(state.significand(0), state.signExponent(0));
            core.commit(0);
        }
    }

    /** FSCALE. */
    public void scale() {
        if (readyBoth()) {
            core.exponents.scale(
                    state.significand(0), state.signExponent(0), state.significand(1), state.signExponent(1));
            core.commit(0);
        }
    }

    /** FXTRACT: the exponent replaces ST(0), then the significand is pushed. */
    public void extract() {
        if (!core.present(0) || !core.room()) {
            if (core.indefiniteInto(0)) {
                core.pushIndefinite();
            }
            return;
        }
        ExponentOperations exponents = core.exponents;
        exponents.extract(state.significand(0), state.signExponent(0));
        if (core.raise()) {
            state.set(0, exponents.exponentSignificand, exponents.exponentSignExponent);
            state.push(core.out.significand, core.out.signExponent);
        }
    }

    /** FPREM. */
    public void remainder() {
        remainder(false);
    }

    /** FPREM1. */
    public void remainderNearest() {
        remainder(true);
    }

    private void remainder(boolean nearest) {
        state.setConditions(C2, 0);
        if (!readyBoth()) {
            return;
        }
        ExponentOperations exponents = core.exponents;
        exponents.remainder(
                state.significand(0), state.signExponent(0), state.significand(1), state.signExponent(1), nearest);
        if (core.commit(0) && exponents.divided) {
            state.setConditions(CONDITIONS, exponents.partial ? C2 : quotientConditions(exponents.quotient));
        }
    }

    /** Quotient bits 2, 1 and 0 go to C0, C3 and C1. */
    private static int quotientConditions(long quotient) {
        int conditions = (quotient & 4) != 0 ? C0 : 0;
        conditions |= (quotient & 2) != 0 ? C3 : 0;
        return conditions | ((quotient & 1) != 0 ? C1 : 0);
    }

    private boolean ready() {
        if (core.present(0)) {
            return true;
        }
        core.indefiniteInto(0);
        return false;
    }

    private boolean readyBoth() {
        if (core.present(0, 1)) {
            return true;
        }
        core.indefiniteInto(0);
        return false;
    }
}
