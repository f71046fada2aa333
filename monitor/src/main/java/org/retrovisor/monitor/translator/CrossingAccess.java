package org.retrovisor.monitor.translator;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;

/**
 * What Java has to know of an access to make it itself where it goes beyond the end of its page: how many bytes it has, and for a store what
 * it stores. It stands in generated code behind the jump to the way out, as the constant of an instruction without effect.
 *
 * <pre>
 *   bits  0 to  7   bytes
 *   bits  8 to 15   {@link #OTHER}, {@link #READ}, {@link #STORE} or {@link #STORE_CONSTANT}
 *   bits 16 to 31   for {@link #STORE}: where in the state block the value is, from the first register on
 * </pre>
 *
 * @param constant for {@link #STORE_CONSTANT}: the value, whose sign is extended
 */
record CrossingAccess(int word, int constant) {
    /** Reads and writes, or stores what is not in a register: only the interpreter knows it all. */
    static final int OTHER = 0;
    /** Does nothing with the operand but read it. */
    static final int READ = 1;
    /** Stores a register, or half of one. */
    static final int STORE = 2;
    /** Stores a constant. */
    static final int STORE_CONSTANT = 3;

    private static final String FROM_REGISTER = "MOV_Ev_Gv";
    private static final String OF_CONSTANT = "MOV_Ev_Iz";
    private static final Set<String> FROM_VECTOR = Set.of(
            "MOVUPS", "MOVUPD", "MOVDQU", "MOVSS", "MOVSD", "MOVLPS", "MOVLPD", "MOVQ", "MOVD");
    private static final Set<String> FROM_UPPER_HALF = Set.of("MOVHPS", "MOVHPD");
    private static final int PAGE = GuestMemory.PAGE;
    /** Behind the jump to the way out: the opcode of TEST EAX, and its constant; the same once more for a constant that is stored. */
    private static final int TEST = 0xA9;

    private static final int TO_WORD = 6;
    private static final int TO_CONSTANT = TO_WORD + 5;

    /** An access of an instruction to its operand in memory. */
    static CrossingAccess of(Instruction x, int size, boolean write) {
        if (!write) {
            return new CrossingAccess(size | READ << 8, 0);
        }
        String mnemonic = x.row.mnemonic();
        if (x.row.name().equals(FROM_REGISTER)) {
            return store(size, StateBlock.register(x.reg));
        } else if (x.row.name().equals(OF_CONSTANT)) {
            return new CrossingAccess(size | STORE_CONSTANT << 8, (int) x.immediate);
        } else if (FROM_VECTOR.contains(mnemonic)) {
            return store(size, StateBlock.vector(x.reg));
        }
        return FROM_UPPER_HALF.contains(mnemonic) ? store(size, StateBlock.vector(x.reg) + 8) : other(size);
    }

    private static CrossingAccess store(int size, int place) {
        return new CrossingAccess(size | STORE << 8 | place - StateBlock.register(0) << 16, 0);
    }

    /** Any other access of so many bytes. */
    static CrossingAccess other(int size) {
        return new CrossingAccess(size, 0);
    }

    /** Whether Java can make it. */
    boolean canBeMade() {
        return kind(word) != OTHER;
    }

    int size() {
        return size(word);
    }

    /** Notes it in generated code, where the flags are free. */
    void note(Assembler code) {
        code.byte8(TEST);
        code.int32(word);
        if (kind(word) == STORE_CONSTANT) {
            code.byte8(TEST);
            code.int32(constant);
        }
    }

    /** The word of an access, by the host address of the jump to its way out. */
    static int wordAt(long site) {
        return HostMemory.get32(site + TO_WORD);
    }

    static int constantAt(long site) {
        return HostMemory.get32(site + TO_CONSTANT);
    }

    static int size(int word) {
        return word & 0xFF;
    }

    static int kind(int word) {
        return word >> 8 & 0xFF;
    }

    /** Where in the state block the value to store is. */
    static int place(int word) {
        return (word >>> 16) + StateBlock.register(0);
    }

    /** Whether generated code finds no entry of the TLB for an access to a linear address, whatever the TLB holds. */
    static boolean isBeyond(int word, long linear) {
        int offset = (int) linear & PAGE - 1;
        return offset + size(word) > PAGE;
    }
}
