package org.retrovisor.monitor.translator;

/** The macros for jumps from block to block, which are linked, or go through the table of jumps. */
final class BlockJumps {
    private static final int SCRATCH = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int PAGE = 4096;
    private static final int LONGEST_INSTRUCTION = 15;

    private final Emitter out;
    private final Assembler code;

    BlockJumps(Emitter out) {
        this.out = out;
        this.code = out.code;
    }

    /** Goes on at a linear address that is in the scratch register, through the table of jumps. */
    void jumpThroughTable() {
        WaysOut.entryOfJump(code);
        jumpIfEntryIs(0);
    }

    /** The same for an instruction that has moved the stack pointer and raises #GP when the address is not canonical. */
    void jumpThroughTable(int moved) {
        if (!out.block().checksTargets()) {
            jumpThroughTable();
            return;
        }
        WaysOut.entryOfJump(code);
        code.memory(0x3B, 8, SCRATCH, ADDRESS, 0);
        out.waysOut().missJump(code.jumpIf(Assembler.NOT_EQUAL), out.instruction(), moved);
        code.memory(0xFF, 4, 4, ADDRESS, 8);
    }

    /** Leaves the instruction to the interpreter when the address in the scratch register is not canonical; flags are saved. */
    void checkCanonical() {
        if (out.block().checksTargets()) {
            WaysOut.canonical(code);
            out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        }
    }

    /** Jumps where the table's entry says if it is for the address in the scratch register. */
    private void jumpIfEntryIs(int distance) {
        code.memory(0x3B, 8, SCRATCH, ADDRESS, distance);
        out.waysOut().missJump(code.jumpIf(Assembler.NOT_EQUAL));
        code.memory(0xFF, 4, 4, ADDRESS, distance + 8);
    }

    /** Goes on at a constant address: by a jump to be linked when its code is on the same page, else through the table. */
    void goTo(long rip, long target) {
        if (canBeLinked(rip, target)) {
            out.waysOut().link(code.jump(), target);
        } else {
            code.constant(SCRATCH, target);
            code.load(8, ADDRESS, STATE, StateBlock.JUMPS);
            jumpIfEntryIs(JumpTable.distance(target));
        }
    }

    private static boolean canBeLinked(long rip, long target) {
        boolean mayCross = (target & PAGE - 1) > PAGE - LONGEST_INSTRUCTION;
        return (rip ^ target) >>> 12 == 0 && !mayCross;
    }

    /** The same under a condition of the host's flags, as one jump; refuses where that would not do. */
    boolean goToIf(int condition, long rip, long target) {
        boolean linked = canBeLinked(rip, target);
        if (linked) {
            out.waysOut().link(code.jumpIf(condition), target);
        }
        return linked;
    }
}
