package org.retrovisor.monitor.translator;

import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/**
 * What becomes of the status flags that an instruction leaves, as far as a look at the instructions behind it tells for certain.
 */
final class FlagLife {
    private static final int ALL = 6;
    private static final int RSP = 4;
    private static final Set<String> KEEP = Set.of("MOV", "MOVZX", "MOVSX", "MOVSXD", "LEA", "NOT", "BSWAP", "PUSH",
            "POP", "NOP");
    private static final Set<String> REPLACE = Set.of("ADD", "OR", "AND", "SUB", "XOR", "CMP", "TEST", "NEG");
    private static final Set<String> SHIFTS = Set.of("SHL", "SHR", "SAR");

    private FlagLife() {}

    /**
     * Whether only faults can see the flags that are there before an instruction, and all the registers of {@code sources} still are
     * what they are when one does.
     *
     * @param from the number of the instruction behind the one that left them; the {@code count} first are executed in generated code
     * @param here the number of the instruction from which on nothing may see them; conditional jumps before it already did
     */
    static boolean onlyFaultsSee(Instruction[] instructions, int from, int here, int count, int sources) {
        int changed = 0;
        for (int i = from; i < count; i++) {
            Instruction x = instructions[i];
            boolean seen = i < here && Superblock.isConditional(x.row);
            boolean replaces = replaces(x);
            if ((changed & sources) != 0 || !seen && !replaces && !keeps(x)) {
                return false;
            }
            if (replaces) {
                return true;
            }
            changed |= seen ? 0 : written(x);
        }
        return false;
    }

    /** Whether an instruction with a memory operand comes before the flags of the one before {@code from} are overwritten. */
    static boolean memoryComesFirst(Instruction[] instructions, int from, int count) {
        for (int i = from; i < count; i++) {
            Instruction x = instructions[i];
            if (x.memory && !x.row.mnemonic().equals("LEA") || x.row.is(Attribute.STACK)) {
                return true;
            }
            if (replaces(x)) {
                return false;
            }
        }
        return false;
    }

    private static boolean keeps(Instruction x) {
        Row row = x.row;
        boolean known = KEEP.contains(row.mnemonic()) && general(row) || VectorRule.covers(row);
        return known && !row.endsBlock() && row.written().isEmpty() && row.undefined().isEmpty();
    }

    private static boolean replaces(Instruction x) {
        Row row = x.row;
        if (row.endsBlock() || row.written().length() + row.undefined().length() != ALL) {
            return false;
        }
        return REPLACE.contains(row.mnemonic()) || SHIFTS.contains(row.mnemonic()) && !countMayBeZero(x);
    }

    private static boolean countMayBeZero(Instruction x) {
        return x.row.name().endsWith("_CL") || x.row.name().endsWith("_Ib") && (x.immediate & 31) == 0;
    }

    /** No control or segment register. */
    private static boolean general(Row row) {
        return row.operands().stream().allMatch(operand -> "EGIZM".indexOf(operand.place()) >= 0 || fixed(operand));
    }

    private static boolean fixed(Operand operand) {
        return operand.text().equals("AL") || operand.text().equals("rAX");
    }

    /** The general registers that an instruction which keeps flags may write, a bit each. */
    private static int written(Instruction x) {
        int registers = x.row.is(Attribute.STACK) ? 1 << RSP : 0;
        for (Operand operand : x.row.operands()) {
            registers |= switch (operand.place()) {
                case 'G' -> bit(x.reg);
                case 'E', 'R' -> x.memory ? 0 : bit(x.rm);
                case 'Z' -> x.row.mnemonic().equals("PUSH") ? 0 : bit(x.rm);
                case 'I', 'M', 'V', 'W', 'U' -> 0;
                default -> 1; // the accumulator
            };
        }
        return registers;
    }

    /** The bit of a register, also for one of the bytes AH to BH. */
    static int bit(int register) {
        return 1 << (register >= Instruction.AH ? register - Instruction.AH : register);
    }
}
