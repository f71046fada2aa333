package org.retrovisor.monitor.translator;

/**
 * The page that the stack was last found on: most accesses relative to RSP are to one page, so that a compare with it
 * replaces the way through the TLB.
 *
 * <p>It is always a page of the table of writes in force, so that reads and writes may use it. Whatever changes that table
 * forgets the page: entering generated code, and changes of CPL or RFLAGS.AC within it.
 */
final class StackPage {
    /** Accesses of at most this many bytes can use it, the last ones of a page by way of {@link #missed}. */
    static final int LARGEST_ACCESS = 8;

    private static final int LAST_OFFSET = 4096 - LARGEST_ACCESS;
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
        code.memory(0xC7, 8, 0, STATE, StateBlock.STACK_LIMIT);
        code.int32(0);
    }

    /**
     * The function for other pages, and for the last bytes of one: looks the linear address in the address register up in the TLB, and remembers
     * its page if it may be written. It leaves what {@link #addHost} makes the host address, or CF set to have Java do it.
     *
     * @param size bytes of the access, at most {@link #LARGEST_ACCESS}
     */
    static byte[] missed(int size, boolean write) {
        Assembler code = new Assembler();
        int notWritable = TlbProbe.find(code, size, true);
        copy(code, 0, StateBlock.STACK_PAGE);
        copy(code, 8, StateBlock.STACK_HOST);
        code.memory(0xC7, 8, 0, STATE, StateBlock.STACK_LIMIT);
        code.int32(LAST_OFFSET + 1);
        finish(code, true);
        code.land(notWritable);
        if (!write) {
            TlbProbe.exchangePage(code, true);
            int notReadable = TlbProbe.find(code, size, false);
            TlbProbe.addHost(code, false);
            code.memory(0x2B, 8, ADDRESS, STATE, StateBlock.STACK_HOST);
            finish(code, true);
            code.land(notReadable);
        }
        finish(code, false);
        return code.bytes();
    }

    /** From the entry of the table of writes to the state block, without a register. */
    private static void copy(Assembler code, int from, int to) {
        TlbProbe.word(code, 0xFF, PUSH, from, true);
        code.memory(0x8F, 4, POP, STATE, to);
    }

    private static void finish(Assembler code, boolean found) {
        code.byte8(found ? 0xF8 : 0xF9); // CLC, STC
        code.byte8(0xC3);
    }
}
