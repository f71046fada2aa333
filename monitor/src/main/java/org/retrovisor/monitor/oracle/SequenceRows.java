package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.translator.Translator;

/**
 * The rows of which sequences are made: those that are compared with the host one by one, but for ends of blocks, and for what
 * cannot be told behind other instructions: results that are compared up to the last place, rows in which this host's maker
 * differs, segment registers, and the indexes of gathers.
 */
final class SequenceRows {
    /** What a sequence is mostly made of. */
    enum Theme {
        INTEGER, VECTORS, X87;

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
                case 0, 1, 2, 3 -> INTEGER;
                case 4, 5, 6 -> VECTORS;
                default -> X87;
            };
        }
    }

    private final List<List<Row>> translated = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<List<Row>> all = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<Row> jumps = new ArrayList<>();

    SequenceRows(List<Row> compared, VendorDifferences vendor) {
        for (Row row : compared) {
            if (row.map() == 0 && row.opcode() >> 4 == 7) {
                jumps.add(row);
            } else if (fits(row, vendor)) {
                int theme = Theme.of(row).ordinal();
                all.get(theme).add(row);
                if (Translator.translatedRows().contains(row.name())) {
                    translated.get(theme).add(row);
                }
            }
        }
    }

    private static boolean fits(Row row, VendorDifferences vendor) {
        return !row.endsBlock() && !row.is(Attribute.VSIB)
                && !vendor.concernHere(row)
                && X87Tolerance.of(row).ulps() == 0
                && row.operands().stream().noneMatch(SequenceRows::isOfSegments);
    }

    private static boolean isOfSegments(Operand operand) {
        return operand.place() == 'S' || operand.size().equals("p");
    }

    /** A row for a sequence of a theme, most of the time one that the translator has a rule for. */
    Row any(Theme theme, Random random) {
        Theme other = theme == Theme.INTEGER || random.nextInt(4) != 0 ? theme : Theme.INTEGER;
        List<Row> ruled = translated.get(other.ordinal());
        List<Row> rows = ruled.isEmpty() || random.nextInt(12) == 0 ? all.get(other.ordinal()) : ruled;
        return rows.get(random.nextInt(rows.size()));
    }

    /** A conditional jump of two bytes. */
    Row anyJump(Random random) {
        return jumps.get(random.nextInt(jumps.size()));
    }
}
