package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.X87Bits.C1;
import static org.retrovisor.monitor.x87.X87Bits.IE;
import static org.retrovisor.monitor.x87.X87Bits.SF;

/**
 * The parts of one unit and the rules that all instructions share: stack faults, raising exceptions, and whether a result
 * is written (Intel SDM volume 1, sections 8.5 and 8.6).
 */
final class X87Core {
    final X87State state;
    final Rounder out;
    final Arithmetic arithmetic;
    final ExponentOperations exponents;
    final Conversions conversions;
    final Transcendentals transcendentals;

    X87Core(X87State state) {
        this.state = state;
        out = state.rounder;
        arithmetic = new Arithmetic(out);
        exponents = new ExponentOperations(out, arithmetic);
        conversions = new Conversions(out);
        transcendentals = new Transcendentals(out, arithmetic);
    }

    /** Register ST(i) can be read; if not, notes a stack underflow. */
    boolean present(int i) {
        if (!state.isEmpty(i)) {
            return true;
        }
        stackFault(0);
        return false;
    }

    /** Both registers can be read. */
    boolean present(int i, int j) {
        if (!state.isEmpty(i) && !state.isEmpty(j)) {
            return true;
        }
        stackFault(0);
        return false;
    }

    /** There is room to push; if not, notes a stack overflow. */
    boolean room() {
        if (state.isEmpty(7)) {
            return true;
        }
        stackFault(C1);
        return false;
    }

    private void stackFault(int c1) {
        state.addFlags(IE | SF);
        state.setConditions(C1, c1);
    }

    /** Invalid operations get their masked answer. */
    boolean invalidMasked() {
        return (out.unmasked & IE) == 0;
    }

    /** The masked answer to a stack fault; true when ST(i) received the indefinite. */
    boolean indefiniteInto(int i) {
        if (invalidMasked()) {
            state.set(i, Float80.INDEFINITE_SIGNIFICAND, Float80.INDEFINITE_SIGN_EXPONENT);
            return true;
        }
        return false;
    }

    void pushIndefinite() {
        if (invalidMasked()) {
            state.push(Float80.INDEFINITE_SIGNIFICAND, Float80.INDEFINITE_SIGN_EXPONENT);
        }
    }

    /** Raises the exceptions of the last operation and sets C1; false when no result may be written. */
    boolean raise() {
        state.setConditions(C1, out.roundedUp ? C1 : 0);
        return raiseKeepingC1();
    }

    /** The same for FCOMI and its kin, which leave all condition codes alone. */
    boolean raiseKeepingC1() {
        state.addFlags(out.flags);
        return (out.flags & out.unmasked & X87Bits.BEFORE_RESULT) == 0;
    }

    /** {@link #raise}, then writes the result to ST(i) unless an exception forbids it. */
    boolean commit(int i) {
        if (!raise()) {
            return false;
        }
        state.set(i, out.significand, out.signExponent);
        return true;
    }

    void clearC1() {
        state.setConditions(C1, 0);
    }
}
