package org.retrovisor.monitor.translator;

import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;

/**
 * Pushes and pops that follow each other, as functions begin and end with: one look at the {@link StackPage} does for all of them, RSP moves
 * once, and each is then one instruction of the host. Moves between registers may stand between them, and XORs of a register with itself,
 * whose flags are always the same; a call or return may be the last. Nothing in such a run can leave generated code behind the look.
 *
 * <p>A run that is not all on that page, or whose page may not be written, is done instruction by instruction behind the block.
 *
 * @param first the number of its first instruction
 * @param end the number of the instruction behind it
 * @param lowest where the accesses begin, from RSP before it
 * @param size from there to the end of the accesses, in bytes
 */
record StackRun(int first, int end, int lowest, int size) {
    private static final Set<String> PUSHES = Set.of("PUSH_Zv", "PUSH_Ib", "PUSH_Iz");
    private static final Set<String> RETURNS = Set.of("RET", "RET_Iw");
    private static final Set<String> MOVES = Set.of("MOV_Ev_Gv", "MOV_Gv_Ev", "MOV_Zv_Iv", "MOV_Ev_Iz", "MOVSXD_Gv_Ed");
    private static final Set<String> COPIES = Set.of("MOV_Ev_Gv", "MOV_Gv_Ev");
    private static final Set<String> EXCLUSIVE_ORS = Set.of("XOR_Ev_Gv", "XOR_Gv_Ev");
    /** What XOR makes of the flags when the result is 0, as the state block has them: ZF and PF. */
    private static final int FLAGS_OF_ZERO = 0x4600;

    private static final String POP = "POP_Zv";
    private static final String CALL = "CALL_Jz";
    private static final int RSP = 4;
    private static final int WORD = 8;
    private static final int PAGE = 4096;
    private static final int NOWHERE = -1;

    /**
     * What the way for other pages must know.
     *
     * @param missed the jump when RSP is not on the page
     * @param back where to go on when the page was found
     * @param tooLong the jump when the run goes beyond the page
     * @param join where to go on when all was done one by one, or {@link #NOWHERE}
     * @param rip the linear address of the first instruction
     */
    record Detour(StackRun run, int missed, int back, int tooLong, int join, long rip, Emitter.Held held) {}

    /** The run that begins with an instruction, or null when there is none that is worth it. */
    static StackRun from(BlockTranslator block, Instruction[] instructions, int first, int count, long rip) {
        int offset = 0;
        int lowest = 0;
        int highest = 0;
        int accesses = 0;
        int end = first;
        long next = rip;
        boolean last = false;
        for (int i = first; i < count && !last; i++) {
            Instruction x = instructions[i];
            next += x.length;
            last = isLast(block, x, next);
            if (!last && !isAccess(x) && (accesses == 0 || !isMove(x) && !isZero(x))) {
                break;
            }
            if (last || isAccess(x)) {
                accesses++;
                offset += pushes(x) ? -WORD : 0;
                lowest = Math.min(lowest, offset);
                offset += pushes(x) ? 0 : WORD;
                highest = Math.max(highest, offset);
                end = i + 1;
            }
        }
        return accesses < 2 ? null : new StackRun(first, end, lowest, Math.max(highest, lowest + WORD) - lowest);
    }

    private static boolean isAccess(Instruction x) {
        String name = x.row.name();
        return x.operandSize == WORD && x.rm != RSP && (PUSHES.contains(name) || name.equals(POP));
    }

    private static boolean isLast(BlockTranslator block, Instruction x, long next) {
        return RETURNS.contains(x.row.name())
                || x.row.name().equals(CALL) && !block.leadsOutside(next + x.immediate);
    }

    private static boolean pushes(Instruction x) {
        return !x.row.name().equals(POP) && !RETURNS.contains(x.row.name());
    }

    /** Whether an instruction only moves what is in general registers to others, and has nothing to do with RSP. */
    private static boolean isMove(Instruction x) {
        if (x.operandSize < 4 || !isOther(x.reg)) {
            return false;
        }
        return x.row.mnemonic().equals("LEA")
                ? isOther(x.base) && isOther(x.index)
                : !x.memory && isOther(x.rm) && MOVES.contains(x.row.name());
    }

    private static boolean isZero(Instruction x) {
        return EXCLUSIVE_ORS.contains(x.row.name())
                && !x.memory && x.reg == x.rm && x.operandSize >= 4 && isOther(x.reg);
    }

    private static boolean isOther(int register) {
        return register != RSP && (register < 16 || register == Instruction.RIP || register == Instruction.ZERO);
    }

    /** Whether the address register is not needed for a move: none of its registers has to be fetched into it. */
    private static boolean keepsAddress(Instruction x) {
        if (isZero(x)) {
            return true;
        }
        if (x.row.mnemonic().equals("LEA")) {
            return isInHost(x.reg) && isInHost(x.base) && isInHost(x.index);
        }
        return isInHost(x.reg) && isInHost(x.rm) || x.operandSize == WORD && COPIES.contains(x.row.name());
    }

    private static boolean isInHost(int register) {
        return register == Instruction.ZERO || register < 16 && Emitter.host(register) >= 0;
    }

    /** Emits it; its detour is emitted later. */
    Detour emit(BlockTranslator block, Instruction[] instructions, long rip) {
        Emitter out = block.out();
        Assembler code = out.code;
        block.at(first, rip + instructions[first].length);
        out.stackOffset(lowest);
        int missed = StackPage.translate(code);
        int back = code.position();
        code.arithmetic(7, 4, Assembler.R14, PAGE - size); // CMP
        int tooLong = code.jumpIf(Assembler.ABOVE);
        StackPage.addHost(code);
        Emitter.Held held = out.held();
        int offset = 0;
        boolean located = true;
        long next = rip;
        for (int i = first; i < end; i++) {
            Instruction x = instructions[i];
            next += x.length;
            block.at(i, next);
            boolean move = isMove(x) || isZero(x);
            if (!move && !located) {
                locate(code);
            }
            located = !move || located && keepsAddress(x);
            if (x.row.endsBlock()) {
                out.writeBackVectors();
                finish(block, x, offset);
                return new Detour(this, missed, back, tooLong, NOWHERE, rip, held);
            }
            if (move) {
                move(block, x);
            } else {
                offset = access(out, x, offset);
            }
        }
        out.moveStack(offset);
        return new Detour(this, missed, back, tooLong, code.position(), rip, held);
    }

    /** The way for another page, or more than one. */
    static void emit(Detour detour, BlockTranslator block, Instruction[] instructions, long origin, long missedPage) {
        Assembler code = block.out().code;
        code.land(detour.missed);
        StackPage.undo(code);
        code.call(origin, missedPage);
        int absent = code.jumpIf(Assembler.BELOW);
        code.jumpBack(detour.back);
        code.land(absent);
        code.land(detour.tooLong);
        block.out().hold(detour.held);
        long next = detour.rip;
        for (int i = detour.run.first; i < detour.run.end; i++) {
            next += instructions[i].length;
            block.at(i, next);
            move(block, instructions[i]);
        }
        if (detour.join != NOWHERE) {
            code.jumpBack(detour.join);
        }
    }

    /** Any other instruction of the run, which leaves flags where they were or saved. */
    private static void move(BlockTranslator block, Instruction x) {
        if (isZero(x)) {
            clear(block.out().code, x.rm);
            block.out().flagsAre(FLAGS_OF_ZERO);
        } else {
            block.emit(x);
        }
    }

    private static void clear(Assembler code, int register) {
        int host = Emitter.host(register);
        if (host >= 0) {
            code.register(0x31, 4, host, host); // XOR: the host's flags are not the guest's here
        } else {
            code.memory(0xC7, WORD, 0, Assembler.R15, StateBlock.register(register));
            code.int32(0);
        }
    }

    /** The address register again, without a look; RSP has not moved yet. */
    private void locate(Assembler code) {
        code.memory(0x8D, WORD, Assembler.R14, Assembler.R12, lowest);
        StackPage.undo(code);
        StackPage.addHost(code);
    }

    private int access(Emitter out, Instruction x, int offset) {
        Assembler code = out.code;
        if (!pushes(x)) {
            int host = Emitter.host(x.rm);
            code.load(WORD, host < 0 ? Assembler.R13 : host, Assembler.R14, offset - lowest);
            out.write(x.rm);
            return offset + WORD;
        }
        int source = Assembler.R13;
        if (x.row.name().equals("PUSH_Zv")) {
            source = out.read(x.rm);
        } else {
            code.constant(source, x.immediate);
        }
        code.store(WORD, source, Assembler.R14, offset - WORD - lowest);
        return offset - WORD;
    }

    private void finish(BlockTranslator block, Instruction x, int offset) {
        Emitter out = block.out();
        if (pushes(x)) {
            out.code.constant(Assembler.R13, block.next());
            out.code.store(WORD, Assembler.R13, Assembler.R14, offset - WORD - lowest);
            out.moveStack(offset - WORD);
            out.jumps().goTo(block.rip(), block.next() + x.immediate);
        } else {
            int moved = WORD + (int) x.immediate;
            out.code.load(WORD, Assembler.R13, Assembler.R14, offset - lowest);
            out.moveStack(offset + moved);
            out.jumps().jumpThroughTable(moved);
        }
    }
}
