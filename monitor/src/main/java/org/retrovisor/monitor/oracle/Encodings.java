package org.retrovisor.monitor.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/**
 * Makes encodings of a row for 64-bit or 32-bit code: register and memory forms, registers, prefixes, operand sizes, immediates.
 * What does not decode to the row again (a register form where only memory is allowed, a 66 prefix that makes another row
 * of it) is dropped.
 */
final class Encodings {
    /** Attempts per row; most of them succeed. */
    private static final int ATTEMPTS = 120;

    private final Decoder decoder = new Decoder(InstructionTable.complete());
    private final HostPages pages;
    private final CodeSize codeSize;
    private final Random random;
    private final Preparations preparations;

    Encodings(HostPages pages, CodeSize codeSize, Random random, Preparations preparations) {
        this.pages = pages;
        this.codeSize = codeSize;
        this.random = random;
        this.preparations = preparations;
    }

    /** Encodings of a row, one per slot. */
    List<Encoding> of(Row row) {
        List<Encoding> found = new ArrayList<>();
        for (int attempt = 0; attempt < ATTEMPTS && found.size() < HostPages.SLOTS; attempt++) {
            long address = pages.instruction(found.size());
            byte[] bytes = new EncodingWriter(row, codeSize, random, pages, address).write(attempt);
            Instruction instruction = decoder.decode(bytes, 0, bytes.length, codeSize);
            if (instruction != null && instruction.row == row && instruction.length == bytes.length) {
                Encoding encoding = new Encoding(bytes, instruction, address);
                if (!usesStackPointerOddly(instruction) && preparations.admits(encoding)) {
                    found.add(encoding);
                }
            }
        }
        return found;
    }

    /** Index 4 with base 4 is no index; what remains odd is an index register that is also the base. */
    private static boolean usesStackPointerOddly(Instruction i) {
        return i.memory && i.index == i.base && i.index < 16;
    }

    /** Whether an operand's size depends on 66 and REX.W. */
    static boolean sized(Operand operand) {
        return operand.size().equals("v") || operand.size().equals("z") || operand.text().equals("rAX");
    }
}
