package org.retrovisor.monitor.translator;

import org.retrovisor.monitor.isa.Instruction;

/**
 * An operand in memory that is read through the instruction's own registers and the distance between host and linear address. What
 * compares the address with the TLB entry then stands beside the way from the registers to the access: only a branch that is foreseen
 * depends on it. So a list is followed, or a table walked, in fewer cycles an element.
 */
final class DirectRead {
    private static final int DISTANCE = Assembler.R13;
    private static final int FIRST_WITH_BASE = 4;

    private final Assembler code;
    /** The instruction whose operand is read so, or null. */
    private Instruction current;

    DirectRead(Assembler code) {
        this.code = code;
    }

    /** Forgets the operand before. */
    void clear() {
        current = null;
    }

    boolean isOf(Instruction x) {
        return x != null && x == current;
    }

    /**
     * The operand of an instruction is read so, if that will do.
     *
     * @param place where the place of its TLB entry is kept, or -1: then the entry is computed from the address, and an index or a
     *     register of the state block would have to be added once more
     */
    void begin(Instruction x, int place) {
        boolean flat = x.memory && x.segment < FIRST_WITH_BASE && x.addressSize == 8 && x.base < Instruction.RIP;
        boolean plain = x.index == Instruction.ZERO && x.base != Assembler.RSP && isInHost(x.base);
        boolean table = place >= 0 && isInHost(x.index);
        current = flat && (plain || table) ? x : null;
    }

    private static boolean isInHost(int register) {
        return register < Instruction.RIP && Emitter.host(register) >= 0;
    }

    /** Behind the comparison with the TLB entry, which the scratch register tells: what to add to the instruction's registers. */
    void locate() {
        TlbProbe.loadDistance(code);
        if (current.index == Instruction.ZERO) {
            return;
        }
        int base = Emitter.host(current.base);
        if (base >= 0) {
            code.register(0x01, 8, base, DISTANCE); // ADD
        } else {
            code.memory(0x03, 8, DISTANCE, Assembler.R15, StateBlock.register(current.base));
        }
    }

    /** The instruction on the operand, which is read once. */
    void emit(int mandatory, int opcode, int size, int field, boolean bytes) {
        Instruction x = current;
        current = null;
        boolean plain = x.index == Instruction.ZERO;
        code.indexed(mandatory, opcode, size, field, plain ? Emitter.host(x.base) : DISTANCE,
                plain ? DISTANCE : Emitter.host(x.index), plain ? 0 : x.scale, (int) x.displacement, bytes);
    }
}
