package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;

/** Jumps, calls, returns and the stack. */
final class ControlRules {
    private static final int RSP = 4;

    private ControlRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("JMP_Jb", ControlRules::jump);
        rules.put("JMP_Jz", ControlRules::jump);
        rules.put("JMP_Ev", ControlRules::jumpIndirect);
        rules.put("CALL_Jz", ControlRules::call);
        rules.put("CALL_Ev", ControlRules::callIndirect);
        rules.put("RET", ControlRules::ret);
        rules.put("RET_Iw", ControlRules::ret);
        rules.put("PUSH_Zv", ControlRules::pushRegister);
        rules.put("PUSH_Ev", ControlRules::pushOperand);
        rules.put("PUSH_Ib", ControlRules::pushConstant);
        rules.put("PUSH_Iz", ControlRules::pushConstant);
        rules.put("POP_Zv", ControlRules::popRegister);
        rules.put("LEAVE", ControlRules::leave);
    }

    /** Jcc, which ends a block both ways; the code may go on behind it or start again. */
    static boolean jumpIf(BlockTranslator block, Instruction x, int condition) {
        if (block.leadsOutside(block.next() + x.immediate)) {
            return false;
        }
        Emitter out = block.out();
        out.loadFlags();
        if (block.goesOn()) {
            out.leaveSideways(condition, block.next() + x.immediate);
            return true;
        }
        if (block.closesLoop()) {
            out.closeLoop(condition, block.next());
            return true;
        }
        return jumpBothWays(block, x, condition);
    }

    private static boolean jumpBothWays(BlockTranslator block, Instruction x, int condition) {
        Emitter out = block.out();
        boolean unsaved = out.live();
        if (unsaved && !out.auxiliaryUndefined()) {
            out.storeFlags(); // leaves the flags as they are
            out.flagsAreSaved();
            unsaved = false;
        }
        long target = block.next() + x.immediate;
        boolean straight = !unsaved && out.jumps().goToIf(condition, block.rip(), target);
        int taken = straight ? -1 : out.code.jumpIf(condition);
        out.saveFlags();
        out.jumps().goTo(block.rip(), block.next());
        if (!straight) {
            out.code.land(taken);
            if (unsaved) {
                out.flagsAreLive(true);
                out.saveFlags();
            }
            out.jumps().goTo(block.rip(), target);
        }
        return true;
    }

    private static boolean jump(BlockTranslator block, Instruction x) {
        if (block.leadsOutside(block.next() + x.immediate)) {
            return false;
        }
        block.out().saveFlags();
        block.out().jumps().goTo(block.rip(), block.next() + x.immediate);
        return true;
    }

    private static boolean jumpIndirect(BlockTranslator block, Instruction x) {
        target(block, x);
        block.out().jumps().jumpThroughTable(0);
        return true;
    }

    /** The target of an indirect jump into the scratch register. */
    private static void target(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), 8, false);
            out.loadScratch();
        } else {
            out.code.move(Assembler.R13, out.read(x.rm));
        }
    }

    private static boolean call(BlockTranslator block, Instruction x) {
        if (block.leadsOutside(block.next() + x.immediate)) {
            return false;
        }
        pushReturn(block);
        block.out().jumps().goTo(block.rip(), block.next() + x.immediate);
        return true;
    }

    private static boolean callIndirect(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        target(block, x);
        out.jumps().checkCanonical(); // before anything is pushed
        out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        pushReturn(block);
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        out.jumps().jumpThroughTable();
        return true;
    }

    private static void pushReturn(BlockTranslator block) {
        Emitter out = block.out();
        out.stackAddress(-8, true);
        out.code.constant(Assembler.R13, block.next());
        out.push(Assembler.R13);
    }

    private static boolean ret(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.stackAddress(0, false);
        out.loadScratch();
        int moved = 8 + (int) x.immediate;
        out.moveStack(moved);
        out.jumps().jumpThroughTable(moved);
        return true;
    }

    private static boolean pushRegister(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.stackAddress(-8, true);
        out.push(out.read(x.rm));
        return true;
    }

    private static boolean pushOperand(BlockTranslator block, Instruction x) {
        if (!x.memory) {
            return pushRegister(block, x);
        }
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.operandAddress(x, block.next(), 8, false);
        out.loadScratch();
        out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        out.stackAddress(-8, true);
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        out.push(Assembler.R13);
        return true;
    }

    private static boolean pushConstant(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.stackAddress(-8, true);
        out.code.constant(Assembler.R13, x.immediate);
        out.push(Assembler.R13);
        return true;
    }

    private static boolean popRegister(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.stackAddress(0, false);
        out.loadScratch();
        out.moveStack(8);
        if (Emitter.host(x.rm) >= 0) {
            out.code.move(Emitter.host(x.rm), Assembler.R13);
        }
        out.write(x.rm);
        return true;
    }

    private static boolean leave(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.frameAddress();
        out.loadScratch();
        out.code.memory(0x8D, 8, Emitter.host(RSP), Assembler.RBP, 8);
        out.code.move(Assembler.RBP, Assembler.R13);
        return true;
    }
}
