package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;

/**
 * REP MOVS and REP STOS, upward: the host's own, between translated addresses, up to the end of a page and then up to that of the next. All
 * other cases are left to the interpreter.
 */
final class StringRules {
    private static final int PAGE = 4096;
    private static final int RCX = 1;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int FS = 4;
    private static final int ADD = 0;
    private static final int AND = 4;
    private static final int COMPARE = 7;
    /** Condition code of Jcc. */
    private static final int LESS = 12;

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
        repeat(block, new Repeated(block.out(), size == 1 ? 0xA4 : 0xA5, size, true));
        return true;
    }

    private static boolean store(BlockTranslator block, Instruction x, int size) {
        if (!x.repeated() || x.addressSize != 8) {
            return false;
        }
        repeat(block, new Repeated(block.out(), size == 1 ? 0xAA : 0xAB, size, false));
        return true;
    }

    private static void repeat(BlockTranslator block, Repeated string) {
        Assembler code = block.out().code;
        int nothing = string.begin();
        string.part(true);
        int done = code.jumpIf(Assembler.EQUAL);
        int again = code.position();
        string.part(false);
        code.jumpBackIf(Assembler.NOT_EQUAL, again);
        code.land(done);
        code.arithmetic(ADD, 8, Assembler.R15, StateBlock.BUDGET, 1); // the block took one moment off already
        code.land(nothing);
        block.out().jumps().goTo(block.rip(), block.next());
    }

    /** The code of one instruction; {@code moves} tells MOVS from STOS. */
    private record Repeated(Emitter out, int opcode, int size, boolean moves) {
        /** Leaves unless the direction is up and the moments suffice for all; returns the jump for a count of 0. */
        int begin() {
            out.saveFlags();
            out.code.register(0x85, 8, RCX, RCX); // TEST
            int nothing = out.code.jumpIf(Assembler.EQUAL);
            out.code.memory(0xF7, 4, 0, Assembler.R15, StateBlock.SYSTEM_FLAGS); // TEST
            out.code.int32(Control.DF);
            out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
            out.code.arithmetic(COMPARE, 8, RCX, PAGE / size);
            out.leaveToInterpreterIf(Assembler.ABOVE);
            out.code.memory(0x8D, 8, Assembler.R13, RCX, -1); // LEA: the block took one moment off
            out.code.memory(0x39, 8, Assembler.R13, Assembler.R15, StateBlock.BUDGET); // CMP
            out.leaveToInterpreterIf(LESS);
            return nothing;
        }

        /**
         * All iterations up to the end of a page; ZF says whether these were the last. What leaves does so before the first of them, when all parts
         * before are done for good. Behind the first part it leaves for the interpreter: nobody else tells that the processor is between two iterations.
         */
        void part(boolean first) {
            countIterations();
            if (moves) {
                address(RSI, false, first); // the read comes first, as its fault does
                out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.SCRATCH);
            }
            address(RDI, true, first);
            takeOff();
            if (moves) {
                out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
                toHost(RSI, Assembler.R13);
            }
            toHost(RDI, Assembler.R14);
            prefixed();
            if (moves) {
                out.code.register(0x29, 8, Assembler.R13, RSI); // SUB
            }
            out.code.register(0x29, 8, Assembler.R14, RDI);
            out.code.load(8, RCX, Assembler.R15, StateBlock.ITERATIONS);
            out.code.register(0x85, 8, RCX, RCX); // TEST
        }

        /** How many iterations lie on one page at both operands, to their place in the state block; leaves if that is none. */
        private void countIterations() {
            roomInPage(RDI);
            if (moves) {
                out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.ITERATIONS);
                roomInPage(RSI);
                out.code.memory(0x3B, 8, Assembler.R13, Assembler.R15, StateBlock.ITERATIONS); // CMP
                out.code.memory(0x147, 8, Assembler.R13, Assembler.R15, StateBlock.ITERATIONS); // CMOVA
            }
            out.code.register(0x3B, 8, Assembler.R13, RCX);
            out.code.register(0x147, 8, Assembler.R13, RCX);
            out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.ITERATIONS);
        }

        /** How many operands lie between a register's address and the end of its page, into the scratch register; leaves if that is none. */
        private void roomInPage(int register) {
            out.code.register(0x89, 4, register, Assembler.R13); // MOV
            out.code.arithmetic(AND, 4, Assembler.R13, PAGE - 1);
            out.code.register(0xF7, 4, 3, Assembler.R13); // NEG
            out.code.arithmetic(ADD, 4, Assembler.R13, PAGE);
            if (size > 1) {
                out.code.shift(5, 4, Assembler.R13, Integer.numberOfTrailingZeros(size)); // SHR
                out.leaveToInterpreterIf(Assembler.EQUAL);
            }
        }

        /** The host address of what a register points at into the address register. */
        private void address(int register, boolean write, boolean first) {
            out.code.move(Assembler.R14, register);
            if (first) {
                out.checkAddress(size, write);
            } else {
                out.checkAddressOrLeave(size, write);
            }
        }

        /** From the iterations of the part to RCX, from RCX what is left behind it to their place, and their moments off the budget. */
        private void takeOff() {
            out.code.load(8, Assembler.R13, Assembler.R15, StateBlock.ITERATIONS);
            out.code.memory(0x29, 8, Assembler.R13, Assembler.R15, StateBlock.BUDGET); // SUB
            out.code.register(0x29, 8, Assembler.R13, RCX);
            out.code.store(8, RCX, Assembler.R15, StateBlock.ITERATIONS);
            out.code.move(RCX, Assembler.R13);
        }

        /** A register becomes the host address that another holds, and that becomes the distance, to be taken off again afterwards. */
        private void toHost(int register, int host) {
            out.code.register(0x29, 8, register, host); // SUB host, register: the distance
            out.code.register(0x01, 8, host, register); // ADD
        }

        private void prefixed() {
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
}
