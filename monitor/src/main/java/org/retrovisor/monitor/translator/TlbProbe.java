package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.processor.Mmu;

/**
 * The software TLB in generated code, where the linear address is in R14 and R13 is free. R11 holds the table of reads in force; the table
 * of writes lies behind it, see {@code TlbContext}.
 */
final class TlbProbe {
    /** The host register of the tables. */
    static final int TABLES = Assembler.R11;

    private static final int ENTRY = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int AND = 4;
    private static final int COMPARE = 7;
    private static final int PAGE = 4096;

    private TlbProbe() {}

    /** The offset in the page if the entry fits; returns the jump for another page, or an access that goes on into the next. */
    static int find(Assembler code, int size, boolean write) {
        code.register(0x89, 4, ADDRESS, ENTRY);
        code.shift(5, 4, ENTRY, 8);
        code.arithmetic(AND, 4, ENTRY, Mmu.slotMask());
        exchangePage(code, write);
        code.arithmetic(COMPARE, 8, ADDRESS, PAGE - size);
        return code.jumpIf(Assembler.ABOVE);
    }

    /** From the linear address to the offset in the entry's page, and back. */
    static void exchangePage(Assembler code, boolean write) {
        word(code, 0x33, ADDRESS, 0, write); // XOR
    }

    /** What follows {@link #find}: the host address. */
    static void addHost(Assembler code, boolean write) {
        word(code, 0x03, ADDRESS, 8, write);
    }

    /** An instruction on a word of the entry. */
    static void word(Assembler code, int opcode, int field, int distance, boolean write) {
        code.indexed(opcode, 8, field, TABLES, ENTRY, 0, distance + (write ? Mmu.tableBytes() : 0));
    }

    /** Other tables are in force from now on: those that a place in the state block names. */
    static void select(Assembler code, int tables) {
        code.load(8, TABLES, STATE, tables);
        code.store(8, TABLES, STATE, StateBlock.TABLES);
    }
}
