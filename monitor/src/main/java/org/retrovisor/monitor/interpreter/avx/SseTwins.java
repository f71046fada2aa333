package org.retrovisor.monitor.interpreter.avx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/** The SSE row that a VEX row does the same as, lane by lane: the same mnemonic and operands but for H and L. */
final class SseTwins {
    private static final Map<String, List<Row>> BY_MNEMONIC = byMnemonic();

    private SseTwins() {}

    private static Map<String, List<Row>> byMnemonic() {
        Map<String, List<Row>> rows = new HashMap<>();
        for (Row row : InstructionTable.complete().rows()) {
            if (!row.vex()) {
                rows.computeIfAbsent(row.mnemonic(), unused -> new ArrayList<>()).add(row);
            }
        }
        return rows;
    }

    static Row of(Row vex) {
        String places = places(vex.operands());
        Row found = null;
        for (Row row : BY_MNEMONIC.getOrDefault(vex.mnemonic().substring(1), List.of())) {
            boolean mask = row.name().endsWith("_XMM0") == vex.name().endsWith("_Lx");
            if (mask && places(row.operands()).equals(places) && (found == null || row.form() == vex.form())) {
                found = row;
            }
        }
        if (found == null) {
            throw new IllegalStateException("no SSE instruction does what " + vex.name() + " does");
        }
        return found;
    }

    /** Register forms and memory forms of vectors count as one, should there be no row of the same form. */
    private static String places(List<Operand> operands) {
        List<Character> places = new ArrayList<>();
        for (Operand operand : operands) {
            switch (operand.place()) {
                case 'H', 'L', '0' -> {}
                case 'U', 'M' -> places.add('W');
                default -> places.add(operand.place());
            }
        }
        return places.toString();
    }
}
