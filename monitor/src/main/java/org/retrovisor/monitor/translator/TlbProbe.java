package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.processor.Mmu;

/**
 * The software TLB in generated code, where the linear address is in R14 and R13 is free. R11 holds the table of reads in force; the table
 * of writes lies behind it, see {@code TlbContext}.
 */
final class TlbProbe {
    /** The host register of the tables. */
    static final int TABLES = Assembler.R11;

    /** Where an entry is when only the address tells. */
    static final int UNKNOWN = -1;

    private static final int ENTRY = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int AND = 4;
    private static final int COMPARE = 7;
    private static final int PAGE = 4096;
    /** Their numbers among the tables. */
    private static final int WATCHED_WRITES = 2;

    private static final int DISTANCES = 4;

    private TlbProbe() {}

    /** The offset in the page if the entry fits; returns the jump for another page, or an access that goes on into the next. */
    static int find(Assembler code, int size, boolean write) {
        locate(code);
        return compare(code, size, write);
    }

    /** Where the entry of the linear address is. */
    static void locate(Assembler code) {
        code.register(0x89, 4, ADDRESS, ENTRY);
        code.shift(5, 4, ENTRY, 8);
        code.arithmetic(AND, 4, ENTRY, Mmu.slotMask());
    }

    /** What follows {@link #locate}: the offset in the page if the entry fits; returns the jump for when it does not. */
    static int compare(Assembler code, int size, boolean write) {
        exchangePage(code, write);
        code.arithmetic(COMPARE, 8, ADDRESS, PAGE - size);
        return code.jumpIf(Assembler.ABOVE);
    }

    /** Distance of the entry of a linear address from its table. */
    static int entryOf(long linear) {
        return (int) (linear >>> 8) & Mmu.slotMask();
    }

    /** The same as {@link #find} for an address whose entry is known, if it is not {@link #UNKNOWN}; R13 stays what it is. */
    static int find(Assembler code, int entry, int size, boolean write) {
        if (entry == UNKNOWN) {
            return find(code, size, write);
        }
        code.memory(0x33, 8, ADDRESS, TABLES, entry + (write ? Mmu.tableBytes() : 0));
        code.arithmetic(COMPARE, 8, ADDRESS, PAGE - size);
        return code.jumpIf(Assembler.ABOVE);
    }

    /** What follows it. */
    static void addHost(Assembler code, int entry, boolean write) {
        if (entry == UNKNOWN) {
            addHost(code, write);
        } else {
            code.memory(0x03, 8, ADDRESS, TABLES, entry + 8 + (write ? Mmu.tableBytes() : 0));
        }
    }

    /** From the linear address to the offset in the entry's page, and back. */
    static void exchangePage(Assembler code, boolean write) {
        word(code, 0x33, ADDRESS, 0, write); // XOR
    }

    /** What follows {@link #find}: the host address. */
    static void addHost(Assembler code, boolean write) {
        word(code, 0x03, ADDRESS, 8, write);
    }

    /** What may follow {@link #find} for a read, too: how far the host address is from the linear one, into R13. */
    static void loadDistance(Assembler code) {
        word(code, 0x8B, ENTRY, 0, DISTANCES);
    }

    /** An instruction on a word of the entry. */
    static void word(Assembler code, int opcode, int field, int distance, boolean write) {
        word(code, opcode, field, distance, write ? 1 : 0);
    }

    private static void word(Assembler code, int opcode, int field, int distance, int table) {
        code.indexed(opcode, 8, field, TABLES, ENTRY, 0, distance + table * Mmu.tableBytes());
    }

    /**
     * The function for writes of up to 8 bytes that are not in the table of writes: many of a kernel's are to paging structures. Where
     * that is one of the last level and the entry is in no translation, nobody has to know (see {@code TableNotes}): CF is set, and
     * {@link #addHost} makes the host address. Otherwise it notes what {@link WaysOut#missed} does; it was called by a CALL with a conditional jump behind it.
     */
    static byte[] missedWrite() {
        Assembler code = new Assembler();
        exchangePage(code, true); // the linear address again
        code.store(8, ADDRESS, STATE, StateBlock.MISSED_ADDRESS);
        word(code, 0x33, ADDRESS, 0, WATCHED_WRITES); // XOR
        code.arithmetic(COMPARE, 8, ADDRESS, PAGE - 8);
        int unknown = code.jumpIf(Assembler.ABOVE);
        word(code, 0x03, ADDRESS, 8, WATCHED_WRITES); // ADD
        code.push(ENTRY);
        code.push(Assembler.RAX);
        code.move(ENTRY, ADDRESS);
        code.memory(0x2B, 8, ENTRY, STATE, StateBlock.RAM); // SUB
        code.shift(5, 8, ENTRY, 12);
        code.memory(0x03, 8, ENTRY, STATE, StateBlock.LAST_LEVEL_TABLES);
        code.memory(0x80, 1, COMPARE, ENTRY, 0);
        code.byte8(0);
        int notTable = code.jumpIf(Assembler.EQUAL);
        code.load(8, Assembler.RAX, STATE, StateBlock.USED_ENTRIES);
        int used = jumpIfUsed(code, 0);
        int nextUsed = jumpIfUsed(code, 7);
        code.pop(Assembler.RAX);
        code.pop(ENTRY);
        word(code, 0x2B, ADDRESS, 8, 1); // SUB what addHost adds
        code.byte8(0xF9); // STC
        code.byte8(0xC3);
        code.land(notTable);
        code.land(used);
        code.land(nextUsed);
        code.pop(Assembler.RAX);
        code.pop(ENTRY);
        code.land(unknown);
        code.load(8, ENTRY, Assembler.RSP, 0);
        code.arithmetic(0, 8, ENTRY, Assembler.JUMP_IF_BYTES); // ADD: where missed() expects the way out
        code.store(8, ENTRY, STATE, StateBlock.MISSED_WRITE);
        code.byte8(0xF8); // CLC
        code.byte8(0xC3);
        return code.bytes();
    }

    /** Jumps if the bit, from RAX on, of the entry at ADDRESS + distance is set. */
    private static int jumpIfUsed(Assembler code, int distance) {
        code.memory(0x8D, 8, ENTRY, ADDRESS, distance); // LEA
        code.memory(0x2B, 8, ENTRY, STATE, StateBlock.RAM);
        code.shift(5, 8, ENTRY, 3);
        code.memory(0x1A3, 8, ENTRY, Assembler.RAX, 0); // BT
        return code.jumpIf(Assembler.BELOW);
    }

    /** Other tables are in force from now on: those that a place in the state block names. */
    static void select(Assembler code, int tables) {
        code.load(8, TABLES, STATE, tables);
        code.store(8, TABLES, STATE, StateBlock.TABLES);
    }
}
