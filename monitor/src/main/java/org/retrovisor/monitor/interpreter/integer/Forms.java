package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Semantics.Chooser;

/** The forms of one operation, as choosers by operand size and by register or memory; an 8 stands for bytes. */
interface Forms {
    /** Operands E, G. */
    Chooser eg8();

    /** Operands E, G. */
    Chooser eg();

    /** Operands G, E. */
    Chooser ge8();

    /** Operands G, E. */
    Chooser ge();

    /** Operands E, I, or E alone, or the accumulator and I. */
    Chooser ei8();

    /** Operands E, I, or E alone, or the accumulator and I. */
    Chooser ei();

    /** Operands E, 1. */
    default Chooser e18() {
        throw new UnsupportedOperationException();
    }

    /** Operands E, 1. */
    default Chooser e1() {
        throw new UnsupportedOperationException();
    }

    /** Operands E, CL. */
    default Chooser ec8() {
        throw new UnsupportedOperationException();
    }

    /** Operands E, CL. */
    default Chooser ec() {
        throw new UnsupportedOperationException();
    }
}
