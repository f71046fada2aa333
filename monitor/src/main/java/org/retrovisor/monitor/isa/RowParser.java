package org.retrovisor.monitor.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one line of an instruction table. See {@link InstructionTable} for the notation. */
final class RowParser {
    private static final Map<String, Prefix> PREFIXES = Map.of("NP", Prefix.NONE, "66", Prefix.P66, "F3", Prefix.PF3,
            "F2", Prefix.PF2);

    private static final String GAP = "  ";

    private Prefix prefix = Prefix.ANY;
    private int map;
    private int opcode = -1;
    private int extension = -1;
    private int modRm = -1;
    private int modRmCount = 1;
    private boolean plusR;
    private Row.Form form = Row.Form.EITHER;
    private String written = "";
    private String undefined = "";
    private Optional<Feature> feature = Optional.empty();
    private long attributes;

    private RowParser() {}

    static Optional<Row> parse(String line) {
        int comment = line.indexOf('#');
        String text = (comment < 0 ? line : line.substring(0, comment)).strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        List<String> columns = columns(text);
        if (columns.size() < 2) {
            throw new IllegalStateException("instruction table: two columns expected in: " + line);
        }
        return Optional.of(new RowParser().row(columns));
    }

    /** What two blanks or more stand between; every start reads all tables, so a regular expression would be felt. */
    private static List<String> columns(String text) {
        List<String> columns = new ArrayList<>();
        int from = 0;
        for (int gap = text.indexOf(GAP); gap >= 0; gap = text.indexOf(GAP, from)) {
            columns.add(text.substring(from, gap));
            from = gap;
            while (text.charAt(from) == ' ') {
                from++;
            }
        }
        columns.add(text.substring(from));
        return columns;
    }

    private Row row(List<String> columns) {
        opcodeColumn(List.of(columns.get(0).split(" ")));
        for (int i = 2; i < columns.size(); i++) {
            for (String attribute : columns.get(i).split(" ")) {
                attribute(attribute);
            }
        }
        String[] parts = columns.get(1).split("_");
        List<Operand> operands = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            operands.add(Operand.parse(parts[i]));
        }
        narrowForm(operands);
        return new Row(
                columns.get(1), parts[0], List.copyOf(operands), map, opcode, prefix, extension, modRm, modRmCount,
                plusR,
                form, written, undefined, feature, hasModRm(operands), usesVvvv(operands), attributes);
    }

    private boolean hasModRm(List<Operand> operands) {
        return extension >= 0 || modRm >= 0 || form != Row.Form.EITHER
                || operands.stream().anyMatch(Operand::needsModRm);
    }

    private static boolean usesVvvv(List<Operand> operands) {
        return operands.stream().anyMatch(operand -> operand.place() == 'H' || operand.place() == 'B');
    }

    private void opcodeColumn(List<String> tokens) {
        int i = 0;
        if (tokens.get(0).startsWith("V")) {
            attributes |= Attribute.VEX.bit();
            prefix = PREFIXES.get(tokens.get(i++).substring(1));
        } else if (tokens.size() > 1 && PREFIXES.containsKey(tokens.get(0)) && !tokens.get(1).startsWith("/")) {
            prefix = PREFIXES.get(tokens.get(i++));
        }
        if (tokens.get(i).equals("0F") && tokens.size() > i + 1) {
            map = 1;
            i++;
            if ((tokens.get(i).equals("38") || tokens.get(i).equals("3A")) && tokens.size() > i + 1) {
                map = tokens.get(i).equals("38") ? 2 : 3;
                i++;
            }
        }
        opcode = hexWithRegister(tokens.get(i++));
        for (; i < tokens.size(); i++) {
            qualifier(tokens.get(i));
        }
    }

    private int hexWithRegister(String token) {
        plusR = token.endsWith("+r");
        return Integer.parseInt(plusR ? token.substring(0, 2) : token, 16);
    }

    private void qualifier(String token) {
        if (token.startsWith("/")) {
            extension = Integer.parseInt(token.substring(1));
        } else if (token.equals("mem")) {
            form = Row.Form.MEMORY;
        } else if (token.equals("reg")) {
            form = Row.Form.REGISTER;
        } else if (token.endsWith("+i")) {
            modRm = Integer.parseInt(token.substring(0, 2), 16);
            modRmCount = 8;
        } else {
            modRm = Integer.parseInt(token, 16);
        }
    }

    private void attribute(String attribute) {
        if (attribute.startsWith("w=")) {
            written = attribute.substring(2);
        } else if (attribute.startsWith("u=")) {
            undefined = attribute.substring(2);
        } else if (attribute.startsWith("f=")) {
            feature = Optional.of(Feature.valueOf(attribute.substring(2)));
        } else {
            attributes |= Attribute.parse(attribute).bit();
        }
    }

    private void narrowForm(List<Operand> operands) {
        for (Operand operand : operands) {
            if (operand.memoryOnly()) {
                form = Row.Form.MEMORY;
            } else if (operand.registerOnly() && (attributes & Attribute.ANYMOD.bit()) == 0) {
                form = Row.Form.REGISTER;
            }
        }
    }
}
