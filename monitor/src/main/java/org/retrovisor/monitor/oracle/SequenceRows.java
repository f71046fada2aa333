package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

/**
 * The rows of which sequences are made: those that are compared with the host one by one, but for ends of blocks, and for what
 * cannot be told behind other instructions: results that are compared up to the last place, segment registers and selectors, and the indexes of
 * gathers.
 */
final class SequenceRows {
    /** What a sequence is mostly made of. */
    enum Theme {
        INTEGER, VECTORS, X87, COMMON;

        static Theme of(Row row) {
            if (X87Tolerance.isX87(row)) {
                return X87;
            }
            boolean vectors = row.vex() || row.name().equals("EMMS")
                    || row.operands().stream().anyMatch(operand -> "VWPQUNHL".indexOf(operand.place()) >= 0);
            return vectors ? VECTORS : INTEGER;
        }

        /** Half of the sequences are of integers, for flags matter most. */
        static Theme any(Random random) {
            return switch (random.nextInt(8)) {
                case 0, 1 -> INTEGER;
                case 2, 3 -> COMMON;
                case 4, 5, 6 -> VECTORS;
                default -> X87;
            };
        }
    }

    /** What writes all flags, what keeps them, and what reads or changes some: among all rows they would rarely meet each other. */
    private static final List<List<String>> COMMON = List.of(
            List.of("ADD", "OR", "AND", "SUB", "XOR", "CMP", "TEST", "NEG", "SHL", "SHR", "SAR"),
            List.of("MOV", "MOV", "MOV", "LEA", "MOVZX", "MOVSX", "PUSH", "POP", "NOT"),
            List.of("ADC", "SBB", "INC", "DEC", "SHL", "SAR", "ROL", "RCR", "IMUL", "BT", "SETB", "SETE", "SETLE",
                    "CMOVA",
                    "CMOVO", "CMOVS", "CMOVP"));

    /** What they answer is the operating system's, but for the selectors that they get when compared one by one. */
    private static final Set<String> OF_SELECTORS = Set.of("LAR", "LSL", "VERR", "VERW");

    private final Map<String, List<Row>> common = new HashMap<>();
    private final List<List<Row>> translated = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<List<Row>> all = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<Row> jumps = new ArrayList<>();
    private final List<Row> refused;

    SequenceRows(List<Row> compared, CodeSize codeSize) {
        refused = InstructionTable.complete().rows().stream()
                .filter(row -> isRefused(row) && Coverage.isThere(row, codeSize)).toList();
        for (Row row : compared) {
            if (row.map() == 0 && row.opcode() >> 4 == 7) {
                jumps.add(row);
            } else if (fits(row)) {
                if (COMMON.stream().anyMatch(group -> group.contains(row.mnemonic()))) {
                    common.computeIfAbsent(row.mnemonic(), unused -> new ArrayList<>()).add(row);
                }
                int theme = Theme.of(row).ordinal();
                all.get(theme).add(row);
                if (Translator.translatedRows().contains(row.name())) {
                    translated.get(theme).add(row);
                }
            }
        }
    }

    /** On AMD's processors SYSENTER does not enter the operating system in long mode. */
    private static boolean isRefused(Row row) {
        return Coverage.isRefused(row) || HostVendor.current() == HostVendor.AMD && row.mnemonic().equals("SYSENTER");
    }

    private static boolean fits(Row row) {
        return (!row.endsBlock() || isString(row)) && !row.is(Attribute.VSIB)
                && X87Tolerance.of(row).ulps() == 0
                && !OF_SELECTORS.contains(row.mnemonic())
                && row.operands().stream().noneMatch(SequenceRows::isOfSegments);
    }

    /** String instructions end blocks, for engines take their iterations apart, but go on behind themselves. Not XLAT and MASKMOVQ. */
    static boolean isString(Row row) {
        return row.endsBlock()
                && row.operands().stream().anyMatch(operand -> operand.place() == 'X' || operand.place() == 'Y');
    }

    private static boolean isOfSegments(Operand operand) {
        return operand.place() == 'S' || operand.size().equals("p");
    }

    /** A row for a sequence of a theme, most of the time one that the translator has a rule for. */
    Row any(Theme theme, Random random) {
        if (theme == Theme.COMMON && random.nextInt(16) != 0) {
            List<String> group = COMMON.get(random.nextInt(COMMON.size()));
            return anyOf(common.get(group.get(random.nextInt(group.size()))), random);
        }
        boolean integer = theme == Theme.COMMON || random.nextInt(4) == 0;
        Theme other = integer ? Theme.INTEGER : theme;
        List<Row> ruled = translated.get(other.ordinal());
        List<Row> rows = ruled.isEmpty() || random.nextInt(12) == 0 ? all.get(other.ordinal()) : ruled;
        return anyOf(rows, random);
    }

    /** A row with one of these mnemonics; null when there is none in code of this size. */
    Row anyOf(Set<String> mnemonics, Random random) {
        List<Row> rows = all.stream().flatMap(List::stream).filter(row -> mnemonics.contains(row.mnemonic())).toList();
        return rows.isEmpty() ? null : anyOf(rows, random);
    }

    /** A row that programs may not execute. */
    Row anyRefused(Random random) {
        return anyOf(refused, random);
    }

    /** A conditional jump of two bytes. */
    Row anyJump(Random random) {
        return anyOf(jumps, random);
    }

    private static Row anyOf(List<Row> rows, Random random) {
        return rows.get(random.nextInt(rows.size()));
    }
}
