package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;

/** Binds the instructions that depend on one condition. */
interface ConditionBinder {
    /** Binds Jcc, SETcc and CMOVcc of the condition with this name. */
    void bind(SemanticsTable table, String condition);
}
