package org.retrovisor.monitor.x87;

import static org.retrovisor.monitor.x87.X87Bits.C0;
import static org.retrovisor.monitor.x87.X87Bits.C1;
import static org.retrovisor.monitor.x87.X87Bits.C2;
import static org.retrovisor.monitor.x87.X87Bits.C3;
import static org.retrovisor.monitor.x87.X87Bits.CONDITIONS;

/**
 * The register-stack instructions: arithmetic, comparison, exchange, conditional move and control. One method per family;
 * {@link #transfer} has the loads and stores and {@link #functions} and {@link
 * #transcendental} the functions of ST(0).
 *
 * <p>No method here looks for pending exceptions: the processor asks {@link X87State#exceptionPending} before a waiting
 * instruction and raises #MF itself.
 */
public final class X87Unit {
    /** Operations in the order of the manual's /digit: D8 /0 is ADD. Digits 2 and 3 are comparisons. */
    public static final int ADD = 0;

    public static final int MUL = 1;
    public static final int SUB = 4;
    public static final int SUBR = 5;
    public static final int DIV = 6;
    public static final int DIVR = 7;

    /** EFLAGS bits that {@link #compareToFlags} returns. */
    public static final int CF = 0x01;

    public static final int PF = 0x04;
    public static final int ZF = 0x40;

    private final X87Core core;
    private final X87State state;
    private final X87Transfer transfer;
    private final X87Functions functions;
    private final X87Transcendental transcendental;

    public X87Unit(X87State state) {
        this.state = state;
        core = new X87Core(state);
        transfer = new X87Transfer(core);
        functions = new X87Functions(core);
        transcendental = new X87Transcendental(core);
    }

    public X87State state() {
        return state;
    }

    public X87Transfer transfer() {
        return transfer;
    }

    public X87Functions functions() {
        return functions;
    }

    public X87Transcendental transcendental() {
        return transcendental;
    }

    /** {@code ST(destination) = ST(destination) op ST(source)}, then pops if asked. */
    public void arithmetic(int operation, int destination, int source, boolean pop) {
        if (!core.present(destination, source)) {
            finish(core.indefiniteInto(destination), pop);
            return;
        }
        apply(operation, destination, state.significand(source), state.signExponent(source));
        finish(core.commit(destination), pop);
    }

    /** {@code ST(0) = ST(0) op m32fp}. */
    public void arithmeticFloat32(int operation, int bits) {
        core.conversions.widenFloat32(bits);
        arithmeticOperand(operation);
    }

    /** {@code ST(0) = ST(0) op m64fp}. */
    public void arithmeticFloat64(int operation, long bits) {
        core.conversions.widenFloat64(bits);
        arithmeticOperand(operation);
    }

    /** {@code ST(0) = ST(0) op integer}, for m16int and m32int. */
    public void arithmeticInteger(int operation, int value) {
        core.conversions.widenInteger(value);
        arithmeticOperand(operation);
    }

    private void arithmeticOperand(int operation) {
        if (!core.present(0)) {
            core.indefiniteInto(0);
            return;
        }
        core.arithmetic.denormalSource = core.conversions.denormal;
        apply(operation, 0, core.conversions.significand, core.conversions.signExponent);
        core.arithmetic.denormalSource = false;
        core.commit(0);
    }

    private void apply(int operation, int destination, long s, int e) {
        long sd = state.significand(destination);
        int ed = state.signExponent(destination);
        switch (operation) {
            case ADD -> core.arithmetic.add(sd, ed, s, e);
            case MUL -> core.arithmetic.multiply(sd, ed, s, e);
            case SUB -> core.arithmetic.subtract(sd, ed, s, e);
            case SUBR -> core.arithmetic.subtract(s, e, sd, ed);
            case DIV -> core.arithmetic.divide(sd, ed, s, e);
            case DIVR -> core.arithmetic.divide(s, e, sd, ed);
            default -> throw new IllegalArgumentException("not an arithmetic operation: " + operation);
        }
    }

    private void finish(boolean written, boolean pop) {
        if (written && pop) {
            state.pop();
        }
    }

    /** FCOM and FUCOM ({@code quiet}) of ST(0) with ST(i), then {@code pops} pops. */
    public void compare(int i, boolean quiet, int pops) {
        if (!core.present(0, i)) {
            setOrder(Arithmetic.UNORDERED, core.invalidMasked(), pops);
            return;
        }
        int order = core.arithmetic.compare(st0(), e0(), state.significand(i), state.signExponent(i), !quiet);
        setOrder(order, core.raise(), pops);
    }

    /** FCOM m32fp. */
    public void compareFloat32(int bits, int pops) {
        core.conversions.widenFloat32(bits);
        compareOperand(pops);
    }

    /** FCOM m64fp. */
    public void compareFloat64(long bits, int pops) {
        core.conversions.widenFloat64(bits);
        compareOperand(pops);
    }

    /** FICOM m16int and m32int. */
    public void compareInteger(int value, int pops) {
        core.conversions.widenInteger(value);
        compareOperand(pops);
    }

    private void compareOperand(int pops) {
        if (!core.present(0)) {
            setOrder(Arithmetic.UNORDERED, core.invalidMasked(), pops);
            return;
        }
        core.arithmetic.denormalSource = core.conversions.denormal;
        int order = core.arithmetic.compare(st0(), e0(), core.conversions.significand, core.conversions.signExponent,
                true);
        core.arithmetic.denormalSource = false;
        setOrder(order, core.raise(), pops);
    }

    /** FTST: compares ST(0) with +0. */
    public void test() {
        if (!core.present(0)) {
            setOrder(Arithmetic.UNORDERED, false, 0);
            return;
        }
        int order = core.arithmetic.compare(st0(), e0(), 0, 0, true);
        setOrder(order, core.raise(), 0);
    }

    /** The condition codes are set even after an unmasked exception, which only keeps the stack from popping. */
    private void setOrder(int order, boolean mayPop, int pops) {
        int conditions = switch (order) {
            case Arithmetic.GREATER -> 0;
            case Arithmetic.LESS -> C0;
            case Arithmetic.EQUAL -> C3;
            default -> C0 | C2 | C3;
        };
        state.setConditions(CONDITIONS, conditions);
        for (int n = 0; mayPop && n < pops; n++) {
            state.pop();
        }
    }

    /**
     * FCOMI and FUCOMI ({@code quiet}): returns ZF, PF and CF for EFLAGS; the processor clears OF, SF and AF. An unmasked
     * exception only keeps the stack from popping.
     */
    public int compareToFlags(int i, boolean quiet, boolean pop) {
        int order = Arithmetic.UNORDERED;
        boolean mayPop;
        if (core.present(0, i)) {
            order = core.arithmetic.compare(st0(), e0(), state.significand(i), state.signExponent(i), !quiet);
            mayPop = core.raiseKeepingC1();
        } else {
            mayPop = core.invalidMasked();
        }
        finish(mayPop, pop);
        return switch (order) {
            case Arithmetic.GREATER -> 0;
            case Arithmetic.LESS -> CF;
            case Arithmetic.EQUAL -> ZF;
            default -> ZF | PF | CF;
        };
    }

    /** FXAM: the class of ST(0) in C3, C2, C0 and its sign in C1, also for an empty register. */
    public void examine() {
        int kind = state.isEmpty(0)
                ? C3 | C0
                : switch (Float80.classify(st0(), e0())) {
                    case Float80.INVALID -> 0;
                    case Float80.QUIET_NAN, Float80.SIGNALLING_NAN -> C0;
                    case Float80.NORMAL -> C2;
                    case Float80.INFINITY -> C2 | C0;
                    case Float80.ZERO -> C3;
                    default -> C3 | C2;
                };
        state.setConditions(CONDITIONS, kind | (Float80.sign(e0()) != 0 ? C1 : 0));
    }

    /** FXCH: an empty register is first filled with the indefinite. */
    public void exchange(int i) {
        if (!core.present(0, i)) {
            if (!core.invalidMasked()) {
                return;
            }
            fillIfEmpty(0);
            fillIfEmpty(i);
        } else {
            core.clearC1();
        }
        long s = st0();
        int e = e0();
        state.set(0, state.significand(i), state.signExponent(i));
        state.set(i, s, e);
    }

    private void fillIfEmpty(int i) {
        if (state.isEmpty(i)) {
            core.indefiniteInto(i);
        }
    }

    /** FCMOVcc. */
    public void conditionalMove(boolean condition, int i) {
        if (!core.present(0, i)) {
            core.indefiniteInto(0);
            return;
        }
        if (condition) {
            state.set(0, state.significand(i), state.signExponent(i));
        }
    }

    /** FFREE, and FFREEP when it pops. */
    public void free(int i, boolean pop) {
        core.clearC1();
        state.setEmpty(i);
        finish(true, pop);
    }

    /** FINCSTP and FDECSTP: moves TOP without touching a tag. */
    public void rotate(int step) {
        state.setTop(state.top() + step);
        core.clearC1();
    }

    private long st0() {
        return state.significand(0);
    }

    private int e0() {
        return state.signExponent(0);
    }
}
