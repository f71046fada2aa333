package org.retrovisor.monitor.translator;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/**
 * Finds the accesses of a loop that look like those to a table: the base stays, and the index is computed. Their address often depends
 * on the access of the iteration before, so that each cycle on the way to it counts.
 */
final class LoopTables {
    private static final Set<String> PLAIN = Set.of("MOV", "MOVZX", "MOVSX", "MOVSXD", "LEA", "ADD", "OR", "ADC", "SBB",
            "AND", "SUB", "XOR", "CMP", "TEST", "NEG", "NOT", "INC", "DEC", "SHL", "SHR", "SAR", "ROL", "ROR", "BSWAP",
            "POPCNT");
    private static final Set<String> COUNTING = Set.of("ADD", "SUB", "INC", "DEC", "LEA");

    /** Registers that the loop writes, and those that it does not only count up or down, a bit each. */
    private int written;

    private int computed;
    /** Whether it has only instructions whose effects on registers are known here. */
    private boolean known = true;

    LoopTables(Instruction[] loop) {
        for (Instruction x : loop) {
            note(x);
        }
    }

    /** Whether the memory operand of an instruction of the loop is in such a table. */
    boolean has(Instruction x) {
        return known
                && x.memory
                && x.base < Instruction.RIP
                && x.index < Instruction.RIP
                && (written & 1 << x.base) == 0
                && (computed & 1 << x.index) != 0;
    }

    private void note(Instruction x) {
        Row row = x.row;
        String mnemonic = row.mnemonic();
        boolean conditional = mnemonic.startsWith("SET") || mnemonic.startsWith("CMOV")
                || Superblock.isConditional(row);
        known &= PLAIN.contains(mnemonic) || conditional || VectorRule.covers(row);
        if (!row.operands().isEmpty()) {
            int register = registerOf(x, row.operands().getFirst());
            written |= register;
            computed |= COUNTING.contains(mnemonic) ? 0 : register;
        }
    }

    private static int registerOf(Instruction x, Operand operand) {
        return switch (operand.place()) {
            case 'G' -> FlagLife.bit(x.reg);
            case 'E', 'R' -> x.memory ? 0 : FlagLife.bit(x.rm);
            case 'Z' -> FlagLife.bit(x.rm);
            case '0' -> 1; // the accumulator
            default -> 0;
        };
    }
}
