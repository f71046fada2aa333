package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.X87Bits.C1;
import static org.retrovisor.monitor.x87.X87Bits.C2;

/** The transcendental instructions on the stack, and the loads of constants. */
public final class X87Transcendental {
    private final X87Core core;
    private final X87State state;
    private final Transcendentals functions;

    X87Transcendental(X87Core core) {
        this.core = core;
        state = core.state;
        functions = core.transcendentals;
    }

    /** FSIN. */
    public void sine() {
        if (inRange()) {
            functions.sine(state.significand(0), state.signExponent(0));
            core.commit(0);
        }
    }

    /** FCOS. */
    public void cosine() {
        if (inRange()) {
            functions.cosine(state.significand(0), state.signExponent(0));
            core.commit(0);
        }
    }

    /** FSINCOS: the sine replaces ST(0), then the cosine is pushed. */
    public void sineAndCosine() {
        if (inRangeWithRoom()) {
            functions.sineAndCosine(state.significand(0), state.signExponent(0));
            commitTwo();
        }
    }

    /** FPTAN: the tangent replaces ST(0), then 1 is pushed. */
    public void tangent() {
        if (inRangeWithRoom()) {
            functions.tangent(state.significand(0), state.signExponent(0));
            commitTwo();
        }
    }

    private void commitTwo() {
        if (core.commit(0)) {
            state.push(functions.secondSignificand, functions.secondSignExponent);
        }
    }

    private boolean inRange() {
        state.setConditions(C2, 0);
        if (!core.present(0)) {
            core.indefiniteInto(0);
            return false;
        }
        return acceptsArgument();
    }

    private boolean inRangeWithRoom() {
        state.setConditions(C2, 0);
        if (!core.present(0) || !core.room()) {
            if (core.indefiniteInto(0)) {
                core.pushIndefinite();
            }
            return false;
        }
        return acceptsArgument();
    }

    /** C2 tells the guest that the argument is too large, and that nothing was done. */
    private boolean acceptsArgument() {
        boolean tooLarge = Transcendentals.isOutOfRange(state.significand(0), state.signExponent(0));
        state.setConditions(C1 | C2, tooLarge ? C2 : 0);
        return !tooLarge;
    }

    /** F2XM1. */
    public void exponential() {
        if (!core.present(0)) {
            core.indefiniteInto(0);
            return;
        }
        functions.exponential(state.significand(0), state.signExponent(0));
        core.commit(0);
    }

    /** FYL2X: ST(1) log2(ST(0)) into ST(1), then a pop. */
    public void logarithm() {
        if (presentBoth()) {
            functions.logarithm(
                    state.significand(0), state.signExponent(0), state.significand(1), state.signExponent(1));
            commitAndPop();
        }
    }

    /** FYL2XP1: ST(1) log2(ST(0) + 1) into ST(1), then a pop. */
    public void logarithmOfSum() {
        if (presentBoth()) {
            functions.logarithmOfSum(
                    state.significand(0), state.signExponent(0), state.significand(1), state.signExponent(1));
            commitAndPop();
        }
    }

    /** FPATAN: the angle of the point (ST(0), ST(1)) into ST(1), then a pop. */
    public void arcTangent() {
        if (presentBoth()) {
            functions.arcTangent(
                    state.significand(0), state.signExponent(0), state.significand(1), state.signExponent(1));
            commitAndPop();
        }
    }

    private boolean presentBoth() {
        if (core.present(0, 1)) {
            return true;
        }
        if (core.indefiniteInto(1)) {
            state.pop();
        }
        return false;
    }

    private void commitAndPop() {
        if (core.commit(1)) {
            state.pop();
        }
    }

    /** FLD1, FLDPI and the other constants, rounded as RC says. */
    public void load(X87Constant constant) {
        if (!core.room()) {
            core.pushIndefinite();
            return;
        }
        core.clearC1();
        Wide value = constant.value();
        if (value.isZero()) {
            state.push(0, 0);
        } else {
            functions.constant(value);
            state.push(core.out.significand, core.out.signExponent);
        }
    }
}
