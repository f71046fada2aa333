package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;

/**
 * REP MOVS and REP STOS, upward and within a page: the host's own, between translated addresses. All other cases are left
 * to the interpreter.
 */
final class StringRules {
    private static final int PAGE = 4096;
    private static final int RCX = 1;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int FS = 4;
    private static final int ABOVE = 7;
    private static final int LESS = 12;
    private static final int ZERO = 4;
    private static final int NOT_ZERO = 5;

    private StringRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("MOVS_Yb_Xb", (block, x) -> move(block, x, 1));
        rules.put("MOVS_Yv_Xv", (block, x) -> move(block, x, x.operandSize));
        rules.put("STOS_Yb_AL", (block, x) -> store(block, x, 1));
        rules.put("STOS_Yv_rAX", (block, x) -> store(block, x, x.operandSize));
    }

    private static boolean move(BlockTranslator block, Instruction x, int size) {
        if (!x.repeated() || x.addressSize != 8 || x.segment >= FS) {
            return false;
        }
        Emitter out = block.out();
        int nothing = begin(out, size);
        address(out, RSI, size, false); // the read comes first, as its fault does
        out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.SCRATCH);
        address(out, RDI, size, true);
        takeOff(out);
        // both registers become host addresses, and come back as what they were and how far they moved
        out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        toHost(out, RSI, Assembler.R13);
        toHost(out, RDI, Assembler.R14);
        repeat(out, size == 1 ? 0xA4 : 0xA5, size);
        out.code.register(0x29, 8, Assembler.R13, RSI); // SUB
        out.code.register(0x29, 8, Assembler.R14, RDI);
        out.code.land(nothing);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    private static boolean store(BlockTranslator block, Instruction x, int size) {
        if (!x.repeated() || x.addressSize != 8) {
            return false;
        }
        Emitter out = block.out();
        int nothing = begin(out, size);
        address(out, RDI, size, true);
        takeOff(out);
        toHost(out, RDI, Assembler.R14);
        repeat(out, size == 1 ? 0xAA : 0xAB, size);
        out.code.register(0x29, 8, Assembler.R14, RDI);
        out.code.land(nothing);
        out.jumps().goTo(block.rip(), block.next());
        return true;
    }

    /** Leaves unless the direction is up and the moments suffice; returns the jump for a count of 0. */
    private static int begin(Emitter out, int size) {
        out.saveFlags();
        out.code.register(0x85, 8, RCX, RCX); // TEST
        int nothing = out.code.jumpIf(ZERO);
        out.code.memory(0xF7, 4, 0, Assembler.R15, StateBlock.SYSTEM_FLAGS); // TEST
        out.code.int32(Control.DF);
        out.leaveToInterpreterIf(NOT_ZERO);
        out.code.arithmetic(7, 8, RCX, PAGE / size); // CMP
        out.leaveToInterpreterIf(ABOVE);
        out.code.memory(0x8D, 8, Assembler.R13, RCX, -1); // LEA: the block took one moment off
        out.code.memory(0x39, 8, Assembler.R13, Assembler.R15, StateBlock.BUDGET); // CMP
        out.leaveToInterpreterIf(LESS);
        return nothing;
    }

    /** The host address of what a register points at into the address register, if all of it lies in the page. */
    private static void address(Emitter out, int register, int size, boolean write) {
        out.code.register(0x89, 4, register, Assembler.R13); // MOV
        out.code.arithmetic(4, 4, Assembler.R13, PAGE - 1); // AND
        int scale = Integer.numberOfTrailingZeros(size);
        out.code.indexed(0x8D, 4, Assembler.R13, Assembler.R13, RCX, scale, 0); // LEA
        out.code.arithmetic(7, 4, Assembler.R13, PAGE);
        out.leaveToInterpreterIf(ABOVE);
        out.code.move(Assembler.R14, register);
        out.checkAddress(size, write);
    }

    /** The moments of all iterations but one. */
    private static void takeOff(Emitter out) {
        out.code.memory(0x29, 8, RCX, Assembler.R15, StateBlock.BUDGET); // SUB
        out.code.arithmetic(0, 8, Assembler.R15, StateBlock.BUDGET, 1); // ADD
    }

    private static void toHost(Emitter out, int register, int host) {
        out.code.register(0x29, 8, register, host); // SUB host, register: the distance
        out.code.register(0x01, 8, host, register); // ADD
    }

    private static void repeat(Emitter out, int opcode, int size) {
        if (size == 2) {
            out.code.byte8(0x66);
        }
        out.code.byte8(0xF3);
        if (size == 8) {
            out.code.byte8(0x48);
        }
        out.code.byte8(opcode);
    }
}
