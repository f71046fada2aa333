package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;

/**
 * SYSCALL and SYSRET between CPL 3 and a kernel in the upper half of the address space, all in generated code. What is unusual
 * is left to the interpreter: other levels, a switch off in EFER, single-step, alignment checks, an interrupt that waits.
 */
final class SystemCallRules {
    private static final int RCX = 1;
    private static final int R11 = 11;
    private static final int AND = 4;
    private static final int OR = 1;
    private static final int COMPARE = 7;
    private static final int USER_ADDRESS_BITS = 47;
    /** What SYSRET takes from R11. */
    private static final int RETURN_FLAGS = (Flags.STATUS | Control.SYSTEM) & ~(Control.RF | Control.VM);

    private SystemCallRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("SYSCALL", SystemCallRules::call);
        rules.put("SYSRET", SystemCallRules::callReturn);
    }

    private static boolean call(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        needLevel(out, 3);
        SystemRules.loadFlagsRegister(out, Assembler.R13);
        out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.register(R11));
        out.code.constant(RCX, block.next());
        out.code.memory(0x23, 8, Assembler.R13, Assembler.R15, StateBlock.CALL_MASK); // AND
        setFlags(out);
        setLevel(out, 0, StateBlock.CALL_SELECTORS);
        TlbProbe.select(out.code, StateBlock.PLAIN_TABLES);
        SystemRules.copy(out, StateBlock.UPPER_JUMPS, StateBlock.JUMPS);
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.CALL_TARGET);
        out.jumps().jumpThroughTable();
        return true;
    }

    private static boolean callReturn(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        needLevel(out, 0);
        out.code.arithmetic(COMPARE, 4, Assembler.R15, StateBlock.WINDOW_WANTED, 0);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.move(Assembler.R13, RCX);
        out.code.shift(5, 8, Assembler.R13, USER_ADDRESS_BITS);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.memory(0xF7, 4, 0, Assembler.R15, StateBlock.register(R11)); // TEST
        out.code.int32(Control.TF | Control.AC);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.register(R11));
        out.code.arithmetic(AND, 4, Assembler.R13, RETURN_FLAGS);
        setFlags(out);
        setLevel(out, 3, StateBlock.RETURN_SELECTORS);
        TlbProbe.select(out.code, StateBlock.USER_TABLES);
        SystemRules.copy(out, StateBlock.USER_JUMPS, StateBlock.JUMPS);
        out.code.move(Assembler.R13, RCX);
        out.jumps().jumpThroughTable();
        return true;
    }

    private static void needLevel(Emitter out, int level) {
        out.saveFlags();
        out.code.arithmetic(COMPARE, 4, Assembler.R15, StateBlock.CALLS, 0);
        out.leaveToInterpreterIf(Assembler.EQUAL);
        out.code.arithmetic(COMPARE, 4, Assembler.R15, StateBlock.CPL, level);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
    }

    /** CPL and selectors; {@link StateBlock#leave} does the rest. */
    static void setLevel(Emitter out, int level, int selectors) {
        changeLevel(out, level, StateBlock.FLAT_STACK);
        out.code.load(4, Assembler.R13, Assembler.R15, selectors);
        out.code.store(4, Assembler.R13, Assembler.R15, StateBlock.selector(1)); // CS, and SS behind it
    }

    /** CPL, and what kind of stack segment goes with it. */
    static void changeLevel(Emitter out, int level, int kind) {
        StackPage.forget(out.code);
        out.code.memory(0xC7, 4, 0, Assembler.R15, StateBlock.CPL);
        out.code.int32(level);
        out.code.memory(0xC7, 4, 0, Assembler.R15, StateBlock.LEVEL_CHANGED);
        out.code.int32(kind);
    }

    /** All of RFLAGS from the scratch register, whose value is lost. */
    static void setFlags(Emitter out) {
        out.code.move(Assembler.R14, Assembler.R13);
        out.code.arithmetic(AND, 4, Assembler.R14, Control.SYSTEM);
        out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.SYSTEM_FLAGS);
        out.code.move(Assembler.R14, Assembler.R13);
        out.code.shift(5, 4, Assembler.R14, 11);
        out.code.arithmetic(AND, 4, Assembler.R14, 1); // OF
        out.code.arithmetic(AND, 4, Assembler.R13, Flags.STATUS & 0xFF);
        out.code.arithmetic(OR, 4, Assembler.R13, Control.ALWAYS_ONE);
        out.code.shift(4, 4, Assembler.R13, 8);
        out.code.register(0x09, 4, Assembler.R14, Assembler.R13); // OR
        out.code.store(2, Assembler.R13, Assembler.R15, StateBlock.FLAGS);
    }
}
