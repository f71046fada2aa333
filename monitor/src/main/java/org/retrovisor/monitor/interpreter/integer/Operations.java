package org.retrovisor.monitor.interpreter.integer;

import java.util.Map;

/** The operations that have copies of a template, by name. */
final class Operations {
    private static final Map<String, Operation> BY_NAME = Map.ofEntries(
            Map.entry("ADD", Arithmetic.ADD),
            Map.entry("ADC", Arithmetic.ADC),
            Map.entry("SUB", Arithmetic.SUB),
            Map.entry("SBB", Arithmetic.SBB),
            Map.entry("INC", Arithmetic.INC),
            Map.entry("DEC", Arithmetic.DEC),
            Map.entry("NEG", Arithmetic.NEG),
            Map.entry("OR", Logic.OR),
            Map.entry("AND", Logic.AND),
            Map.entry("XOR", Logic.XOR),
            Map.entry("NOT", Logic.NOT),
            Map.entry("SHL", Shifts.SHL),
            Map.entry("SHR", Shifts.SHR),
            Map.entry("SAR", Shifts.SAR),
            Map.entry("ROL", Rotates.ROL),
            Map.entry("ROR", Rotates.ROR),
            Map.entry("RCL", Rotates.RCL),
            Map.entry("RCR", Rotates.RCR));

    private Operations() {}

    /** The operation of this name; IllegalArgumentException if there is none. */
    static Operation named(String name) {
        Operation found = BY_NAME.get(name);
        if (found == null) {
            throw new IllegalArgumentException("no operation is called " + name);
        }
        return found;
    }
}
