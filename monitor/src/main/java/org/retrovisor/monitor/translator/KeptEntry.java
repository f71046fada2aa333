package org.retrovisor.monitor.translator;

/**
 * An access of a loop that does not compute where its TLB entry is but takes the one that it used before, which is off the way from the
 * address to the access. Any entry will do whose page is the access's.
 *
 * @param site the jump for an access to another page
 * @param index the number of the instruction
 * @param place where the distance of the entry is kept in the state block, and behind it how many misses are left
 * @param back where the access goes on when the entry is right
 */
record KeptEntry(int site, int index, int place, int size, boolean write, int back) {
    /** So often another page is found before the loop goes over to code that computes the place of each entry. */
    private static final int MISSES = 64;

    private static final int SUB = 5;
    private static final int ENTRY = Assembler.R13;
    private static final int STATE = Assembler.R15;

    /** The place of an instruction at a linear address; others may share it. */
    static int placeOf(long rip) {
        return StateBlock.KEPT_ENTRIES + 8 * ((int) (rip ^ rip >>> 6) & StateBlock.KEPT_ENTRY_COUNT - 1);
    }

    /** At the start of a loop. */
    static void allowMisses(Assembler code, int place) {
        code.memory(0xC7, 4, 0, STATE, place + 4);
        code.int32(MISSES);
    }

    /** From the linear address in the address register to the offset in its page; what follows is {@link TlbProbe#addHost}. */
    static KeptEntry find(Assembler code, int index, int place, int size, boolean write) {
        code.load(4, ENTRY, STATE, place);
        int site = TlbProbe.compare(code, size, write);
        return new KeptEntry(site, index, place, size, write, code.position());
    }

    /** The code for another page; {@code plain} is where the same access begins that computes the place. */
    void finish(Assembler code, int plain) {
        code.land(site);
        TlbProbe.exchangePage(code, write);
        code.arithmetic(SUB, 4, STATE, place + 4, 1);
        code.jumpBackIf(Assembler.SIGN, plain);
        TlbProbe.locate(code);
        code.store(4, ENTRY, STATE, place);
        int unknown = TlbProbe.compare(code, size, write);
        code.jumpBack(back);
        code.land(unknown);
        TlbProbe.exchangePage(code, write);
        code.jumpBack(plain);
    }
}
