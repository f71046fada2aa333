package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;

/** The instructions that depend on one condition. */
interface ConditionSemantics {
    /** Jcc. */
    Semantics jump(Instruction i);

    /** SETcc. */
    Semantics set(Instruction i);

    /** CMOVcc. */
    Semantics move(Instruction i);
}
