package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.sse.Mxcsr;

/**
 * The cheap part of what systems do all the time: flags register, interrupt flag, SMAP, SWAPGS, selectors, MXCSR. They are left to the
 * interpreter where the privilege for them is missing.
 */
final class SystemRules {
    private static final int RCX = 1;
    private static final int NOT_ZERO = 5;
    private static final int AND = 4;
    private static final int OR = 1;

    private SystemRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("PUSHF", SystemRules::pushFlags);
        rules.put("CLI", (block, x) -> privilegedFlag(block, AND, ~Control.IF));
        rules.put("STI", SystemRules::enableInterrupts);
        rules.put("MOV_Ev_Sw", SystemRules::storeSelector);
        rules.put("LDMXCSR_Md", SystemRules::loadMxcsr);
        rules.put("STMXCSR_Md", SystemRules::storeMxcsr);
        rules.put("CLD", (block, x) -> direction(block, AND, ~Control.DF));
        rules.put("STD", (block, x) -> direction(block, OR, Control.DF));
        rules.put("STAC", (block, x) -> accessCheck(block, true));
        rules.put("CLAC", (block, x) -> accessCheck(block, false));
        rules.put("SWAPGS", SystemRules::swapGs);
        rules.put("MOV_Rq_Cq", SystemRules::readControlRegister);
        rules.put("RDTSC", (block, x) -> readTimestamp(block, false));
        rules.put("RDTSCP", (block, x) -> readTimestamp(block, true));
    }

    private static boolean pushFlags(BlockTranslator block, Instruction x) {
        if (x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        out.stackAddress(-8, true);
        loadFlagsRegister(out, Assembler.R13);
        out.push(Assembler.R13);
        return true;
    }

    /** All of RFLAGS into a host register; the status flags are saved. */
    static void loadFlagsRegister(Emitter out, int register) {
        out.code.memory(0x1B6, 4, register, Assembler.R15, StateBlock.FLAGS); // MOVZX: OF
        out.code.shift(4, 4, register, 11);
        out.code.memory(0, 0x0A, 1, register, Assembler.R15, StateBlock.FLAGS + 1, true); // OR: the others
        out.code.memory(0x0B, 8, register, Assembler.R15, StateBlock.SYSTEM_FLAGS);
    }

    private static void needPrivilege(Emitter out) {
        out.saveFlags();
        out.code.arithmetic(7, 4, Assembler.R15, StateBlock.CPL, 0); // CMP
        out.leaveToInterpreterIf(NOT_ZERO);
    }

    private static void change(Emitter out, int operation, int mask) {
        out.code.arithmetic(operation, 4, Assembler.R15, StateBlock.SYSTEM_FLAGS, mask);
    }

    private static boolean privilegedFlag(BlockTranslator block, int operation, int mask) {
        Emitter out = block.out();
        needPrivilege(out);
        change(out, operation, mask);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    private static boolean direction(BlockTranslator block, int operation, int mask) {
        block.out().saveFlags();
        change(block.out(), operation, mask);
        return true;
    }

    /** RFLAGS.AC chooses between two sets of TLB tables. */
    private static boolean accessCheck(BlockTranslator block, boolean set) {
        Emitter out = block.out();
        needPrivilege(out);
        StackPage.forget(out.code);
        change(out, set ? OR : AND, set ? Control.AC : ~Control.AC);
        TlbProbe.select(out.code, set ? StateBlock.AC_TABLES : StateBlock.PLAIN_TABLES);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    static void copy(Emitter out, int from, int to) {
        out.code.load(8, Assembler.R13, Assembler.R15, from);
        out.code.store(8, Assembler.R13, Assembler.R15, to);
    }

    private static boolean swapGs(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        needPrivilege(out);
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.GS_BASE);
        out.code.load(8, Assembler.R14, Assembler.R15, StateBlock.KERNEL_GS_BASE);
        out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.GS_BASE);
        out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.KERNEL_GS_BASE);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    /** When IF was clear, interrupts are held off for one instruction more: {@link StateBlock#leave} finds out if it was executed. */
    private static boolean enableInterrupts(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        needPrivilege(out);
        out.code.memory(0xF7, 4, 0, Assembler.R15, StateBlock.SYSTEM_FLAGS); // TEST
        out.code.int32(Control.IF);
        int already = out.code.jumpIf(NOT_ZERO);
        out.code.arithmetic(7, 4, Assembler.R15, StateBlock.WINDOW_WANTED, 0); // CMP
        out.leaveToInterpreterIf(NOT_ZERO);
        change(out, OR, Control.IF);
        copy(out, StateBlock.BUDGET, StateBlock.SHADOW_AT);
        out.code.land(already);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    /** The interpreter sees to it that CR4.TSD is obeyed. */
    private static boolean readTimestamp(BlockTranslator block, boolean withProcessor) {
        Emitter out = block.out();
        out.saveFlags();
        out.code.memory(0xF7, 4, 0, Assembler.R15, StateBlock.controlRegister(4)); // TEST
        out.code.int32((int) Control.CR4_TSD);
        out.leaveToInterpreterIf(NOT_ZERO);
        out.readTimestamp();
        if (withProcessor) {
            out.code.load(8, RCX, Assembler.R15, StateBlock.TSC_AUX);
        }
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    /** CR2, CR3 and CR4, which generated code cannot change. */
    private static boolean readControlRegister(BlockTranslator block, Instruction x) {
        if (x.reg < 2 || x.reg > 4 || x.operandSize != 8) {
            return false;
        }
        Emitter out = block.out();
        needPrivilege(out);
        int host = Emitter.host(x.rm);
        out.code.load(8, host < 0 ? Assembler.R13 : host, Assembler.R15, StateBlock.controlRegister(x.reg));
        out.write(x.rm);
        return true;
    }

    private static boolean storeSelector(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        if (x.memory) {
            out.operandAddress(x, block.next(), 2, true);
        }
        out.code.memory(0x1B7, 4, Assembler.R13, Assembler.R15, StateBlock.selector(x.reg & 7)); // MOVZX
        if (x.memory) {
            out.code.store(2, Assembler.R13, Assembler.R14, 0);
        } else {
            out.moveInto(x.rm, x.operandSize, Assembler.R13);
        }
        return true;
    }

    /** Reserved bits, and exceptions that would not be masked, are left to the interpreter. */
    private static boolean loadMxcsr(BlockTranslator block, Instruction x) {
        if (!block.vectorsAllowed()) {
            return false;
        }
        Emitter out = block.out();
        out.operandAddress(x, block.next(), 4, false);
        out.code.load(4, Assembler.R13, Assembler.R14, 0);
        out.code.arithmetic(AND, 4, Assembler.R13, ~Mxcsr.WRITABLE | Mxcsr.MASKS);
        out.code.arithmetic(7, 4, Assembler.R13, Mxcsr.MASKS);
        out.leaveToInterpreterIf(NOT_ZERO);
        out.code.memory(0x1AE, 4, 2, Assembler.R14, 0);
        return true;
    }

    private static boolean storeMxcsr(BlockTranslator block, Instruction x) {
        if (!block.vectorsAllowed()) {
            return false;
        }
        Emitter out = block.out();
        out.operandAddress(x, block.next(), 4, true);
        out.code.memory(0x1AE, 4, 3, Assembler.R14, 0);
        return true;
    }
}
