package org.retrovisor.monitor.interpreter;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Vector;

/**
 * Which row means what. Complete or not there at all: a row without semantics, or semantics without a row, fails at
 * start-up.
 */
public final class SemanticsTable {
    /** What an encoding of a privileged row means that is undefined: the level does not matter. */
    public static final Semantics UNDEFINED_FORM = (cpu, i) -> {
        boolean refused = cpu.cpl != 0 && !cpu.has(ModelChange.UNDEFINED_FORMS);
        throw refused ? cpu.fault(Vector.GP, 0) : cpu.fault(Vector.UD);
    };

    private final Map<String, Semantics.Chooser> byName = new HashMap<>();

    /** Made when it is first asked for; its code is compiled once, however many machines there are. */
    private static final class Holder {
        static final SemanticsTable STANDARD = complete();
    }

    /** The semantics of every row of the standard table. */
    public static SemanticsTable standard() {
        return Holder.STANDARD;
    }

    private static SemanticsTable complete() {
        SemanticsTable table = new SemanticsTable();
        Families.bindAll(table);
        table.check(InstructionTable.complete());
        return table;
    }

    /** Binds a row's name to one meaning for all sizes and forms. */
    public void bind(String name, Semantics semantics) {
        bindChooser(name, i -> semantics);
    }

    /** Binds a row's name to a meaning that depends on size and form. */
    public void bindChooser(String name, Semantics.Chooser chooser) {
        if (byName.put(name, chooser) != null) {
            throw new IllegalStateException("semantics of " + name + " are bound twice");
        }
    }

    /** Whether a row's name has a meaning already. */
    public boolean isBound(String name) {
        return byName.containsKey(name);
    }

    /** Binds a row's name to a register form and a memory form. */
    public void bindForms(String name, Semantics register, Semantics memory) {
        bindChooser(name, i -> i.memory ? memory : register);
    }

    /** A chooser by operand size. */
    public static Semantics.Chooser bySize(Semantics bits16, Semantics bits32, Semantics bits64) {
        return i -> switch (i.operandSize) {
            case 2 -> bits16;
            case 4 -> bits32;
            default -> bits64;
        };
    }

    /** The meaning of this instruction. */
    public Semantics of(Instruction instruction) {
        Row row = instruction.row;
        Semantics chosen = byName.get(row.name()).choose(instruction);
        return row.privileged() && chosen != UNDEFINED_FORM ? privileged(chosen) : chosen;
    }

    private static Semantics privileged(Semantics inner) {
        return (cpu, i) -> {
            if (cpu.cpl != 0) {
                throw cpu.fault(Vector.GP, 0);
            }
            inner.execute(cpu, i);
        };
    }

    private void check(InstructionTable table) {
        Set<String> names = new HashSet<>();
        table.rows().forEach(row -> names.add(row.name()));
        names.add(table.undefined().name());
        names.add(table.tooLong().name());
        Set<String> missing = new HashSet<>(names);
        missing.removeAll(byName.keySet());
        Set<String> superfluous = new HashSet<>(byName.keySet());
        superfluous.removeAll(names);
        if (!missing.isEmpty() || !superfluous.isEmpty()) {
            throw new IllegalStateException("rows without semantics: %s; semantics without a row: %s"
                    .formatted(missing.stream().sorted().toList(), superfluous.stream().sorted().toList()));
        }
    }
}
