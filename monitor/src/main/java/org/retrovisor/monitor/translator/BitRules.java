package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;

/** Bit tests, bit scans, double shifts, CMPXCHG16B, and what sets single flags. */
final class BitRules {
    private static final int RCX = 1;
    private static final int ZERO = 4;
    private static final int SET_BELOW = 0x192;
    private static final int SET_ZERO = 0x194;
    private static final int SET_SIGN = 0x198;
    private static final int SET_OVERFLOW = 0x190;
    /** Where CF, ZF and AF are in the second byte of saved flags. */
    private static final int CARRY = 1;

    private static final int ZERO_FLAG = 0x40;
    private static final int AUXILIARY = 0x10;

    private BitRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        String[] tests = {"BT", "BTS", "BTR", "BTC"};
        for (int number = 0; number < tests.length; number++) {
            int extension = 4 + number;
            int opcode = 0x1A3 + 8 * number;
            rules.put(tests[number] + "_Ev_Ib", (block, x) -> testByConstant(block, x, extension));
            rules.put(tests[number] + "_Ev_Gv", (block, x) -> testByRegister(block, x, opcode));
        }
        rules.put("BSF_Gv_Ev", (block, x) -> scan(block, x, 0x1BC));
        rules.put("BSR_Gv_Ev", (block, x) -> scan(block, x, 0x1BD));
        rules.put("SHLD_Ev_Gv_Ib", (block, x) -> doubleShift(block, x, 0x1A4, true));
        rules.put("SHRD_Ev_Gv_Ib", (block, x) -> doubleShift(block, x, 0x1AC, false));
        rules.put("SHLD_Ev_Gv_CL", (block, x) -> doubleShiftByRegister(block, x, 0x1A5, true));
        rules.put("SHRD_Ev_Gv_CL", (block, x) -> doubleShiftByRegister(block, x, 0x1AD, false));
        rules.put("CMPXCHG16B_Mdq", BitRules::compareExchange16);
        rules.put("CLC", (block, x) -> changeCarry(block, 4, ~CARRY));
        rules.put("STC", (block, x) -> changeCarry(block, 1, CARRY));
        rules.put("CMC", (block, x) -> changeCarry(block, 6, CARRY));
    }

    private static boolean writes(Instruction x) {
        return !x.row.mnemonic().equals("BT");
    }

    private static boolean testByConstant(BlockTranslator block, Instruction x, int extension) {
        Emitter out = block.out();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, writes(x));
        }
        out.onWritten(x, 0, 0x1BA, x.operandSize, extension, false);
        out.code.byte8((int) x.immediate & x.operandSize * 8 - 1);
        if (writes(x)) {
            out.written(x, x.operandSize, false);
        }
        saveCarry(out);
        return true;
    }

    private static boolean testByRegister(BlockTranslator block, Instruction x, int opcode) {
        if (x.memory) {
            return testInString(block, x, opcode);
        }
        Emitter out = block.out();
        out.saveFlags();
        int number = out.into(x.reg, Assembler.R14);
        int value = out.read(x.rm);
        out.code.register(opcode, x.operandSize, number, value);
        if (writes(x)) {
            out.write(x.rm);
        }
        saveCarry(out);
        return true;
    }

    /** In memory, the register names any bit of a long string of bits: the operand is the word that this bit is in. */
    private static boolean testInString(BlockTranslator block, Instruction x, int opcode) {
        boolean bothScratchNeeded = writes(x) && Emitter.host(x.reg) < 0;
        if (x.operandSize < 4 || x.addressSize != 8 || bothScratchNeeded) {
            return false;
        }
        Emitter out = block.out();
        out.saveFlags();
        out.offset(x, block.next());
        int number = out.into(x.reg, Assembler.R13);
        if (x.operandSize == 8) {
            out.code.move(Assembler.R13, number);
        } else {
            out.code.register(0x63, 8, Assembler.R13, number); // MOVSXD
        }
        out.code.shift(7, 8, Assembler.R13, x.operandSize == 8 ? 6 : 5); // SAR
        out.code.indexed(0x8D, 8, Assembler.R14, Assembler.R14, Assembler.R13, x.operandSize == 8 ? 3 : 2, 0);
        out.addSegmentBase(x);
        out.checkAddress(x.operandSize, writes(x));
        if (writes(x)) {
            out.code.load(x.operandSize, Assembler.R13, Assembler.R14, 0);
            out.code.register(opcode, x.operandSize, number, Assembler.R13);
            out.code.store(x.operandSize, Assembler.R13, Assembler.R14, 0);
        } else {
            out.code.load(x.operandSize, Assembler.R14, Assembler.R14, 0);
            out.code.register(opcode, x.operandSize, out.into(x.reg, Assembler.R13), Assembler.R14);
        }
        saveCarry(out);
        return true;
    }

    /** Only CF changes, in the flags that are saved. */
    private static void saveCarry(Emitter out) {
        out.code.register(0, SET_BELOW, 1, 0, Assembler.R13, true);
        changeSaved(out, 4, ~CARRY);
        out.code.memory(0, 0x08, 1, Assembler.R13, Assembler.R15, StateBlock.FLAGS + 1, true); // OR
    }

    private static void changeSaved(Emitter out, int extension, int mask) {
        out.code.memory(0x80, 1, extension, Assembler.R15, StateBlock.FLAGS + 1);
        out.code.byte8(mask);
    }

    /** Of zero, the scan leaves its destination alone; only ZF changes. */
    private static boolean scan(BlockTranslator block, Instruction x, int opcode) {
        Emitter out = block.out();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, false);
        }
        out.onOperand(x, 0, opcode, x.operandSize, Assembler.R13, false);
        int none = out.code.jumpIf(ZERO);
        out.moveInto(x.reg, x.operandSize, Assembler.R13);
        changeSaved(out, 4, ~ZERO_FLAG);
        int done = out.code.jump();
        out.code.land(none);
        changeSaved(out, 1, ZERO_FLAG);
        out.code.land(done);
        return true;
    }

    /** OF is by our formula: whether the sign changed with the last bit shifted. */
    private static boolean doubleShift(BlockTranslator block, Instruction x, int opcode, boolean left) {
        int count = (int) x.immediate & (x.operandSize == 8 ? 63 : 31);
        if (x.operandSize < 4 || count == 0) {
            return false;
        }
        Emitter out = block.out();
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, true);
            out.code.memory(opcode, x.operandSize, out.read(x.reg), Assembler.R14, 0);
        } else {
            out.code.register(opcode, x.operandSize, out.into(x.reg, Assembler.R14), out.read(x.rm));
        }
        out.code.byte8(count);
        if (!x.memory) {
            out.write(x.rm);
        }
        out.flagsAreLive(true);
        if (count > 1 && !block.flagsDieUnseen()) {
            saveOverflow(out, x, left);
        }
        return true;
    }

    /** Of a register; a count of 0 changes no flag, and clears the upper half all the same. */
    private static boolean doubleShiftByRegister(BlockTranslator block, Instruction x, int opcode, boolean left) {
        if (x.operandSize < 4 || x.memory) {
            return false;
        }
        Emitter out = block.out();
        out.saveFlags();
        int register = out.into(x.rm, Assembler.R14);
        out.moveInto(x.rm, x.operandSize, register);
        int filler = out.into(x.reg, Assembler.R13);
        out.code.register(0xF6, 1, 0, RCX); // TEST CL, mask
        out.code.byte8(x.operandSize == 8 ? 63 : 31);
        int skip = out.code.jumpIf(Assembler.EQUAL);
        out.code.register(opcode, x.operandSize, filler, register);
        out.moveInto(x.rm, x.operandSize, register);
        out.flagsAreLive(true);
        saveOverflow(out, x, left);
        out.code.land(skip);
        return true;
    }

    private static void saveOverflow(Emitter out, Instruction x, boolean left) {
        if (left) { // the sign before the last bit is in CF
            out.storeFlags();
            out.flagsAreSaved();
            out.code.register(0, SET_BELOW, 1, 0, Assembler.R13, true);
            out.code.register(0, SET_SIGN, 1, 0, Assembler.R14, true);
            changeSaved(out, 4, ~AUXILIARY);
            out.code.register(0, 0x30, 1, Assembler.R14, Assembler.R13, true); // XOR
            out.code.memory(0, 0x88, 1, Assembler.R13, Assembler.R15, StateBlock.FLAGS, true);
            return;
        }
        out.saveFlags(); // the sign before the last bit is the bit below the sign
        out.onOperand(x, 0, 0x8B, x.operandSize, Assembler.R13, false); // MOV
        out.code.register(0x01, x.operandSize, Assembler.R13, Assembler.R13); // ADD: OF if the upper two bits differ
        out.code.memory(0, SET_OVERFLOW, 1, 0, Assembler.R15, StateBlock.FLAGS, true);
    }

    private static boolean changeCarry(BlockTranslator block, int extension, int mask) {
        block.out().saveFlags();
        changeSaved(block.out(), extension, mask);
        return true;
    }

    /** All of its registers are in their namesakes; only ZF changes. An operand that is not aligned is left to the interpreter. */
    private static boolean compareExchange16(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.alignedAddress(x, block.next(), true);
        out.code.memory(0x1C7, 8, 1, Assembler.R14, 0);
        out.code.register(0, SET_ZERO, 1, 0, Assembler.R13, true);
        out.code.shift(4, 4, Assembler.R13, 6);
        changeSaved(out, 4, ~ZERO_FLAG);
        out.code.memory(0, 0x08, 1, Assembler.R13, Assembler.R15, StateBlock.FLAGS + 1, true); // OR
        return true;
    }
}
