package org.retrovisor.monitor.isa;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Operands of decoded instructions in a normal form near to objdump's Intel syntax: registers by name, memory as
 * {@code segment[base+index*scale+displacement]} without a size, immediates in hexadecimal at the operand's width.
 */
final class IntelSyntax {
    private static final String[] GENERAL = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] LOW = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] HIGH = {"ah", "ch", "dh", "bh"};
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};
    /** Immediates that objdump shows sign-extended to the operand's size. */
    private static final Set<String> SIGNED = Set.of(
            "ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP", "TEST", "IMUL", "MOV", "PUSH");

    private final Instruction i;
    private final CodeSize codeSize;
    private final long next;

    private IntelSyntax(Instruction i, CodeSize codeSize, long address) {
        this.i = i;
        this.codeSize = codeSize;
        this.next = address + i.length;
    }

    /** The operands of an instruction that stands at an address. */
    static List<String> operands(Instruction i, CodeSize codeSize, long address) {
        IntelSyntax syntax = new IntelSyntax(i, codeSize, address);
        List<String> texts = new ArrayList<>();
        boolean first = true;
        for (Operand operand : i.row.operands()) {
            boolean immediate = operand.place() == 'I';
            texts.add(immediate && !first ? syntax.immediate(operand, i.immediate2) : syntax.operand(operand));
            first &= !immediate;
        }
        return texts;
    }

    private String operand(Operand operand) {
        return switch (operand.place()) {
            case 'G' -> general(i.reg, size(operand));
            case 'M' -> i.row.is(Attribute.VSIB) ? gather() : memory();
            case 'E', 'R' -> i.memory ? memory() : general(i.rm, size(operand));
            case 'Z' -> general(i.rm, size(operand));
            case 'V' -> vector(operand, i.reg);
            case 'H' -> vector(operand, i.vvvv);
            case 'L' -> vector(operand, (int) i.immediate >> 4 & (codeSize == CodeSize.BITS_64 ? 15 : 7));
            case 'B' -> general(i.vvvv, size(operand));
            case 'W', 'U' -> i.memory ? memory() : vector(operand, i.rm);
            case 'P' -> "mm" + (i.reg & 7);
            case 'Q', 'N' -> i.memory ? memory() : "mm" + (i.rm & 7);
            case 'S' -> SEGMENTS[i.reg & 7];
            case 'C' -> "cr" + i.reg;
            case 'D' -> "dr" + i.reg;
            case 'I' -> immediate(operand, i.immediate);
            case 'J' -> hex(next + i.immediate, pointerSize());
            case 'A' -> hex(i.immediate2, 2) + ":" + hex(i.immediate, i.operandSize);
            case 'O' -> memory();
            case 'X' -> address(i.segment, i.row.mnemonic().equals("XLAT") ? 3 : 6);
            case 'Y' -> address(0, 7);
            default -> fixed(operand.text());
        };
    }

    private String vector(Operand operand, int number) {
        boolean whole = operand.size().equals("x") || operand.size().startsWith("p");
        return (whole && i.wideVector ? "ymm" : "xmm") + number;
    }

    private String gather() {
        String plain = memory();
        int at = plain.lastIndexOf('+');
        String index = "+" + (i.wideVector ? "ymm" : "xmm") + i.vectorIndex + "*" + (1 << i.scale);
        return plain.substring(0, at) + index + plain.substring(at);
    }

    private String fixed(String text) {
        return switch (text) {
            case "rAX" -> general(0, i.operandSize);
            case "eAX" -> general(0, Math.min(i.operandSize, 4));
            case "ST0" -> "st";
            case "STi" -> "st(" + (i.modRm & 7) + ")";
            default -> text.toLowerCase(Locale.ROOT);
        };
    }

    private int size(Operand operand) {
        return switch (operand.size()) {
            case "b" -> 1;
            case "w" -> 2;
            case "d" -> 4;
            case "q" -> codeSize == CodeSize.BITS_64 ? 8 : 4;
            case "z" -> Math.min(i.operandSize, 4);
            case "y" -> i.wide ? 8 : 4;
            default -> i.operandSize;
        };
    }

    private int pointerSize() {
        return codeSize == CodeSize.BITS_64 ? 8 : i.operandSize;
    }

    static String general(int number, int size) {
        if (number >= Instruction.AH) {
            return HIGH[number - Instruction.AH];
        }
        if (number >= 8) {
            return "r" + number + switch (size) {
                case 1 -> "b";
                case 2 -> "w";
                case 4 -> "d";
                default -> "";
            };
        }
        return switch (size) {
            case 1 -> LOW[number];
            case 2 -> GENERAL[number];
            case 4 -> "e" + GENERAL[number];
            default -> "r" + GENERAL[number];
        };
    }

    private String immediate(Operand operand, long value) {
        Operand first = i.row.operands().get(0);
        boolean wide = SIGNED.contains(i.row.mnemonic());
        int bytes = switch (operand.size()) {
            case "b" -> wide ? widthOf(first) : 1;
            case "w" -> 2;
            default -> widthOf(first);
        };
        return hex(value, bytes);
    }

    private int widthOf(Operand first) {
        if (first.text().equals("AL") || first.size().equals("b") && first.place() != 'I') {
            return 1;
        }
        return i.row.mnemonic().equals("PUSH") && codeSize == CodeSize.BITS_64 && i.operandSize != 2
                ? 8
                : i.operandSize;
    }

    // ---------------------------------------------------------------- memory

    private String memory() {
        StringBuilder sum = new StringBuilder(segment(i.segment)).append('[');
        if (i.base != Instruction.ZERO) {
            sum.append(i.base == Instruction.RIP ? i.addressSize == 8 ? "rip" : "eip" : general(i.base, i.addressSize));
        }
        if (i.index != Instruction.ZERO) {
            sum.append('+').append(general(i.index, i.addressSize)).append('*').append(1 << i.scale);
        }
        return sum.append('+').append(hex(i.displacement, i.addressSize)).append(']').toString();
    }

    private String address(int segment, int base) {
        return segment(segment) + "[" + general(base, i.addressSize) + "+0]";
    }

    /** In 64-bit mode only FS and GS are there. */
    private String segment(int number) {
        return codeSize == CodeSize.BITS_64 && number < 4 ? "" : SEGMENTS[number] + ":";
    }

    static String hex(long value, int bytes) {
        return Long.toHexString(bytes == 8 ? value : value & (1L << 8 * bytes) - 1);
    }
}
