package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.processor.Mmu;

/**
 * The page that the stack was last found on: most accesses relative to RSP are to one page, so that a compare with it
 * replaces the way through the TLB.
 *
 * <p>It is always a page of the table of writes in force, so that reads and writes may use it. Whatever changes that table
 * forgets the page: entering generated code, and changes of CPL or RFLAGS.AC within it.
 */
final class StackPage {
    /** Accesses of at most this many bytes can use it. */
    static final int LARGEST_ACCESS = 8;

    private static final int LAST_OFFSET = 4096 - LARGEST_ACCESS;
    private static final int SCRATCH = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int PUSH = 6;
    private static final int POP = 0;

    private StackPage() {}

    /** The linear address in the address register becomes a host address; returns the jump for another page. */
    static int translate(Assembler code) {
        code.memory(0x33, 8, ADDRESS, STATE, StateBlock.STACK_PAGE); // XOR
        code.memory(0x3B, 8, ADDRESS, STATE, StateBlock.STACK_LIMIT); // CMP
        return code.jumpIf(Assembler.ABOVE_OR_EQUAL);
    }

    /** What follows {@link #translate}, also after a miss. */
    static void addHost(Assembler code) {
        code.memory(0x03, 8, ADDRESS, STATE, StateBlock.STACK_HOST);
    }

    /** Makes the address register what it was before {@link #translate}. */
    static void undo(Assembler code) {
        code.memory(0x33, 8, ADDRESS, STATE, StateBlock.STACK_PAGE);
    }

    /** No access fits from now on. */
    static void forget(Assembler code) {
        code.memory(0xC7, 4, 0, STATE, StateBlock.STACK_LIMIT);
        code.int32(0);
    }

    /**
     * The function for other pages: looks the linear address in the address register up in the TLB, and remembers its page if
     * it may be written. It leaves what {@link #addHost} makes the host address, or CF set to have the interpreter do it.
     */
    static byte[] missed(boolean write) {
        Assembler code = new Assembler();
        int notWritable = probe(code, StateBlock.WRITES);
        copy(code, 0, StateBlock.STACK_PAGE);
        copy(code, 8, StateBlock.STACK_HOST);
        code.memory(0xC7, 4, 0, STATE, StateBlock.STACK_LIMIT);
        code.int32(LAST_OFFSET + 1);
        finish(code, true);
        code.land(notWritable);
        if (!write) {
            code.memory(0x33, 8, ADDRESS, SCRATCH, 0); // XOR: the linear address again
            int notReadable = probe(code, StateBlock.READS);
            code.memory(0x03, 8, ADDRESS, SCRATCH, 8);
            code.memory(0x2B, 8, ADDRESS, STATE, StateBlock.STACK_HOST);
            finish(code, true);
            code.land(notReadable);
        }
        finish(code, false);
        return code.bytes();
    }

    /** Leaves the offset in the page in the address register, and the entry's address in the scratch register. */
    private static int probe(Assembler code, int table) {
        code.register(0x89, 4, ADDRESS, SCRATCH);
        code.shift(5, 4, SCRATCH, 8);
        code.arithmetic(4, 4, SCRATCH, Mmu.slotMask());
        code.memory(0x03, 8, SCRATCH, STATE, table);
        code.memory(0x33, 8, ADDRESS, SCRATCH, 0);
        code.arithmetic(7, 8, ADDRESS, LAST_OFFSET);
        return code.jumpIf(Assembler.ABOVE);
    }

    /** From the entry to the state block, without a register. */
    private static void copy(Assembler code, int from, int to) {
        code.memory(0xFF, 4, PUSH, SCRATCH, from);
        code.memory(0x8F, 4, POP, STATE, to);
    }

    private static void finish(Assembler code, boolean found) {
        code.byte8(found ? 0xF8 : 0xF9); // CLC, STC
        code.byte8(0xC3);
    }
}
