package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.FlatSegments;

/**
 * IRET in generated code, where a 64-bit kernel does it all the time: from CPL 0 to CPL 3, or back to a kernel in the upper half of the
 * address space, to the segments that SYSRET and SYSCALL load. Their descriptors are compared, as a guest may change them. All else is left
 * to the interpreter: an interrupt that waits, flags that change how instructions execute, a frame on two pages.
 * RF, which stands in the frame of every fault, is not such a flag where nobody has armed a breakpoint.
 */
final class InterruptReturnRule {
    private static final int SCRATCH = Assembler.R13;
    private static final int ADDRESS = Assembler.R14;
    private static final int STATE = Assembler.R15;
    private static final int STACK = Assembler.R12;
    private static final int AND = 4;
    private static final int COMPARE = 7;
    private static final int MOVZX_WORD = 0x1B7;
    private static final int OR = 0x0B;
    /** The frame: RIP, CS, RFLAGS, RSP, SS. */
    private static final int SLOTS = 5;

    private static final int CS = StateBlock.frame(1);
    private static final int RFLAGS = StateBlock.frame(2);
    private static final int SS = StateBlock.frame(4);
    private static final int LAST_OFFSET = 4096 - 8 * SLOTS;
    private static final int PLAIN_FLAGS = Flags.STATUS | Control.ALWAYS_ONE | Control.IF | Control.DF | Control.IOPL
            | Control.ID | Control.RF;
    private static final int ADDRESS_BITS = 47;
    private static final int UPPER_HALF = 0x1FFFF;

    private InterruptReturnRule() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("IRET", InterruptReturnRule::interruptReturn);
    }

    private static boolean interruptReturn(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        checkState(out);
        copyFrame(out);
        checkFlags(out);
        out.code.memory(MOVZX_WORD, 4, SCRATCH, STATE, SS);
        out.code.shift(4, 4, SCRATCH, 16);
        out.code.memory(MOVZX_WORD, 4, ADDRESS, STATE, CS);
        out.code.register(OR, 4, SCRATCH, ADDRESS);
        out.code.memory(0x3B, 4, SCRATCH, STATE, StateBlock.RETURN_SELECTORS);
        int toKernel = out.code.jumpIf(Assembler.NOT_EQUAL);
        toUser(out);
        out.code.land(toKernel);
        out.code.memory(0x3B, 4, SCRATCH, STATE, StateBlock.CALL_SELECTORS);
        int toNullStack = out.code.jumpIf(Assembler.NOT_EQUAL);
        toKernel(out);
        out.code.land(toNullStack);
        toKernelWithNullStack(out);
        return true;
    }

    private static void checkState(Emitter out) {
        out.saveFlags();
        out.code.arithmetic(COMPARE, 4, STATE, StateBlock.INTERRUPT_RETURNS, 0);
        out.leaveToInterpreterIf(Assembler.EQUAL);
        out.code.arithmetic(COMPARE, 4, STATE, StateBlock.CPL, 0);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.arithmetic(COMPARE, 4, STATE, StateBlock.WINDOW_WANTED, 0);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.memory(0xF7, 4, 0, STATE, StateBlock.SYSTEM_FLAGS); // TEST
        out.code.int32(Control.NT);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
    }

    private static void copyFrame(Emitter out) {
        out.code.register(0x89, 4, STACK, SCRATCH);
        out.code.arithmetic(AND, 4, SCRATCH, 4095);
        out.code.arithmetic(COMPARE, 4, SCRATCH, LAST_OFFSET);
        out.leaveToInterpreterIf(Assembler.ABOVE);
        out.stackAddress(0, false);
        for (int slot = 0; slot < SLOTS; slot++) {
            out.code.load(8, SCRATCH, ADDRESS, 8 * slot);
            out.code.store(8, SCRATCH, STATE, StateBlock.frame(slot));
        }
    }

    private static void checkFlags(Emitter out) {
        out.code.memory(0xF7, 4, 0, STATE, RFLAGS); // TEST
        out.code.int32(~PLAIN_FLAGS);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
    }

    private static void toUser(Emitter out) {
        checkDescriptor(out, CS, FlatSegments.codeDescriptor(3));
        checkDescriptor(out, SS, FlatSegments.stackDescriptor(3));
        checkTarget(out, 0);
        enter(out, 3, StateBlock.RETURN_SELECTORS);
        TlbProbe.select(out.code, StateBlock.USER_TABLES);
        SystemRules.copy(out, StateBlock.USER_JUMPS, StateBlock.JUMPS);
        goOn(out);
    }

    private static void toKernel(Emitter out) {
        checkDescriptor(out, CS, FlatSegments.codeDescriptor(0));
        checkDescriptor(out, SS, FlatSegments.stackDescriptor(0));
        checkTarget(out, UPPER_HALF);
        enter(out, 0, StateBlock.CALL_SELECTORS);
        goOnInKernel(out);
    }

    /** With SS = 0 and the CS of SYSCALL in the scratch register. */
    private static void toKernelWithNullStack(Emitter out) {
        out.code.memory(MOVZX_WORD, 4, ADDRESS, STATE, StateBlock.CALL_SELECTORS);
        out.code.register(0x3B, 4, SCRATCH, ADDRESS);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        checkDescriptor(out, CS, FlatSegments.codeDescriptor(0));
        checkTarget(out, UPPER_HALF);
        setFlags(out);
        SystemCallRules.changeLevel(out, 0, StateBlock.NULL_STACK);
        out.code.memory(MOVZX_WORD, 4, SCRATCH, STATE, StateBlock.CALL_SELECTORS);
        out.code.store(4, SCRATCH, STATE, StateBlock.selector(1)); // CS, and SS behind it
        goOnInKernel(out);
    }

    private static void goOnInKernel(Emitter out) {
        TlbProbe.select(out.code, StateBlock.PLAIN_TABLES);
        SystemRules.copy(out, StateBlock.UPPER_JUMPS, StateBlock.JUMPS);
        goOn(out);
    }

    /** The descriptor of the selector at a place in the state block must be this one. */
    private static void checkDescriptor(Emitter out, int selector, long wanted) {
        out.code.memory(MOVZX_WORD, 4, ADDRESS, STATE, selector);
        out.code.arithmetic(AND, 4, ADDRESS, ~7);
        out.code.memory(0x03, 8, ADDRESS, STATE, StateBlock.GDT_BASE); // ADD
        out.checkAddress(8, false);
        out.code.constant(SCRATCH, wanted);
        out.code.memory(0x3B, 8, SCRATCH, ADDRESS, 0);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
    }

    /** RIP must be in one half of the address space. */
    private static void checkTarget(Emitter out, int upperBits) {
        out.code.load(8, SCRATCH, STATE, StateBlock.frame(0));
        out.code.shift(5, 8, SCRATCH, ADDRESS_BITS);
        out.code.arithmetic(COMPARE, 4, SCRATCH, upperBits);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
    }

    private static void enter(Emitter out, int level, int selectors) {
        setFlags(out);
        SystemCallRules.setLevel(out, level, selectors);
    }

    /** RF holds until an instruction was executed, which {@link StateBlock#leave} finds out. */
    private static void setFlags(Emitter out) {
        out.code.memory(0xF7, 4, 0, STATE, RFLAGS); // TEST
        out.code.int32(Control.RF);
        int without = out.code.jumpIf(Assembler.EQUAL);
        SystemRules.copy(out, StateBlock.BUDGET, StateBlock.RESUME_AT);
        out.code.land(without);
        out.code.load(8, SCRATCH, STATE, RFLAGS);
        out.code.arithmetic(AND, 4, SCRATCH, ~Control.RF);
        SystemCallRules.setFlags(out);
    }

    private static void goOn(Emitter out) {
        out.code.load(8, STACK, STATE, StateBlock.frame(3));
        out.code.load(8, SCRATCH, STATE, StateBlock.frame(0));
        out.jumps().jumpThroughTable();
    }
}
