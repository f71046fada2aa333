package org.retrovisor.monitor.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The operands of a line of objdump's Intel syntax, in the normal form of {@link IntelSyntax}. */
final class ObjdumpOperands {
    private static final Pattern SIZE = Pattern
            .compile("\\b(BYTE|WORD|DWORD|QWORD|FWORD|TBYTE|OWORD|XMMWORD|YMMWORD)( PTR|BCST) ");
    private static final Pattern MEMORY = Pattern.compile("(?:([c-gs]s):)?\\[(.*)\\]");
    private static final Pattern ABSOLUTE = Pattern.compile("([c-gs]s):0x([0-9a-f]+)");
    private static final Pattern TERM = Pattern.compile("([+-]?)([^+-]+)");

    private final CodeSize codeSize;
    private final int addressSize;

    private ObjdumpOperands(CodeSize codeSize, int addressSize) {
        this.codeSize = codeSize;
        this.addressSize = addressSize;
    }

    /** The operands of a line's text behind its mnemonic. */
    static List<String> of(Disassembly.Line line, CodeSize codeSize, int addressSize) {
        String text = line.text().replaceAll("\\s*#.*", "").replaceAll("\\s*<[^>]*>", "");
        Matcher mnemonic = Pattern.compile("(^|\\s)" + Pattern.quote(line.mnemonic()) + "(\\s|$)").matcher(text);
        String rest = SIZE.matcher(mnemonic.find() ? text.substring(mnemonic.end()).strip() : "").replaceAll("");
        ObjdumpOperands parser = new ObjdumpOperands(codeSize, addressSize);
        List<String> operands = new ArrayList<>();
        for (String operand : rest.isEmpty() ? new String[0] : rest.split(",(?![^\\[]*\\])")) {
            operands.add(parser.operand(operand.strip()));
        }
        return operands;
    }

    private String operand(String text) {
        Matcher memory = MEMORY.matcher(text);
        if (memory.matches()) {
            return memory(memory.group(1), memory.group(2));
        }
        Matcher absolute = ABSOLUTE.matcher(text);
        if (absolute.matches()) {
            return segment(absolute.group(1)) + "[+" + cut(Long.parseUnsignedLong(absolute.group(2), 16)) + "]";
        }
        return text.startsWith("0x") ? text.substring(2).replace(":0x", ":") : text;
    }

    private String memory(String override, String sum) {
        String base = "";
        String index = "";
        long displacement = 0;
        Matcher term = TERM.matcher(sum);
        while (term.find()) {
            String text = term.group(2);
            if (text.matches("(0x)?[0-9a-f]+") && text.startsWith("0x")) {
                long value = Long.parseUnsignedLong(text.substring(2), 16);
                displacement = term.group(1).equals("-") ? -value : value;
            } else if (text.matches("[re]iz\\*\\d")) {
                index = "";
            } else if (text.contains("*") || !base.isEmpty()) {
                index = "+" + (text.contains("*") ? text : text + "*1");
            } else {
                base = text;
            }
        }
        boolean stack = base.matches("[re]?[sb]p");
        String segment = override != null ? override : stack ? "ss" : "ds";
        return segment(segment) + "[" + base + index + "+" + cut(displacement) + "]";
    }

    private String segment(String name) {
        return codeSize == CodeSize.BITS_64 && !name.matches("[fg]s") ? "" : name + ":";
    }

    private String cut(long displacement) {
        return IntelSyntax.hex(displacement, addressSize);
    }
}
