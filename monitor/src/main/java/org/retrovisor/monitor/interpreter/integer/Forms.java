package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;

/**
 * The forms of one operation: each method chooses by operand size and by register or memory, an 8 in its name stands for
 * bytes. They are methods, and no choosers made in advance, so that only what a guest uses is linked.
 */
interface Forms {
    /** Operands E, G. */
    Semantics eg8(Instruction i);

    /** Operands E, G. */
    Semantics eg(Instruction i);

    /** Operands G, E. */
    Semantics ge8(Instruction i);

    /** Operands G, E. */
    Semantics ge(Instruction i);

    /** Operands E, I, or E alone, or the accumulator and I. */
    Semantics ei8(Instruction i);

    /** Operands E, I, or E alone, or the accumulator and I. */
    Semantics ei(Instruction i);

    /** Operands E, 1. */
    default Semantics e18(Instruction i) {
        throw new UnsupportedOperationException();
    }

    /** Operands E, 1. */
    default Semantics e1(Instruction i) {
        throw new UnsupportedOperationException();
    }

    /** Operands E, CL. */
    default Semantics ec8(Instruction i) {
        throw new UnsupportedOperationException();
    }

    /** Operands E, CL. */
    default Semantics ec(Instruction i) {
        throw new UnsupportedOperationException();
    }
}
