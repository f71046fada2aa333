package org.retrovisor.monitor.translator;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;

/** Which rows are translated, and how. A row without a rule is executed by the interpreter. */
final class Rules {
    /** Makes host code of one instruction. */
    @FunctionalInterface
    interface Rule {
        /**
         * Emits the code, or refuses before it emitted anything.
         *
         * @return whether it was emitted
         */
        boolean emit(BlockTranslator block, Instruction x);
    }

    private static final List<String> MAPPED = List.of(
            "ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP", "TEST", "MOV", "MOVZX", "MOVSX", "MOVSXD", "INC",
            "DEC", "NEG", "NOT", "XADD", "CMPXCHG", "SHL", "SHR", "SAR", "ROL", "ROR", "POPCNT", "BSWAP", "XCHG", "CBW",
            "CWD");
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int ABOVE_OR_EQUAL = 3;
    private static final int EQUAL = 4;
    private static final int SET_OVERFLOW = 0x190;
    private static final int MOVZX_BYTE = 0x1B6;
    private static final int MOVZX_WORD = 0x1B7;
    private static final String[] CONDITIONS = {
        "O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"
    };

    private final Map<String, Rule> byName = new HashMap<>();
    /** The same by row itself: rows are long to hash. */
    private final Map<Row, Rule> byRow = new IdentityHashMap<>();

    private Rules() {
        for (Row row : InstructionTable.standard().rows()) {
            if (MAPPED.contains(row.mnemonic()) && MappedRule.covers(row)) {
                byName.putIfAbsent(row.name(), new MappedRule(row));
            } else if (VectorRule.covers(row)) {
                byName.putIfAbsent(row.name(), new VectorRule(row));
            }
        }
        conditions();
        ControlRules.bind(byName);
        BitRules.bind(byName);
        StringRules.bind(byName);
        SystemRules.bind(byName);
        SegmentBaseRules.bind(byName);
        SystemCallRules.bind(byName);
        InterruptReturnRule.bind(byName);
        X87Rules.bind(byName);
        for (String nop : List.of("NOP_Ev", "PAUSE", "PREFETCH_Mb", "LFENCE", "MFENCE", "SFENCE")) {
            byName.put(nop, (block, x) -> true);
        }
        byName.put("LEA_Gv_M", Rules::lea);
        byName.put("IMUL_Gv_Ev", (block, x) -> multiply(block, x, 0x1AF, 0));
        byName.put("IMUL_Gv_Ev_Ib", (block, x) -> multiply(block, x, 0x6B, 1));
        byName.put("IMUL_Gv_Ev_Iz", (block, x) -> multiply(block, x, 0x69, Math.min(x.operandSize, 4)));
        byName.put("DIV_Ev", Rules::divide);
        byName.put("SHL_Ev_CL", (block, x) -> shiftByRegister(block, x, 4));
        byName.put("SHR_Ev_CL", (block, x) -> shiftByRegister(block, x, 5));
        byName.put("SAR_Ev_CL", (block, x) -> shiftByRegister(block, x, 7));
        byName.put("MUL_Ev", (block, x) -> multiplyWide(block, x, 4));
        byName.put("IMUL_Ev", (block, x) -> multiplyWide(block, x, 5));
        for (Row row : InstructionTable.standard().rows()) {
            if (byName.containsKey(row.name())) {
                byRow.put(row, byName.get(row.name()));
            }
        }
    }

    private static final class Holder {
        static final Rules STANDARD = new Rules();
    }

    /** The rules, which are the same for all translators. */
    static Rules standard() {
        return Holder.STANDARD;
    }

    /** The rule for an instruction, or null. */
    Rule of(Instruction x) {
        return byRow.get(x.row);
    }

    /** The names of the rows that have a rule. */
    Set<String> names() {
        return Set.copyOf(byName.keySet());
    }

    private void conditions() {
        for (int code = 0; code < 16; code++) {
            int condition = code;
            String name = CONDITIONS[code];
            byName.put("CMOV" + name + "_Gv_Ev", (block, x) -> conditionalMove(block, x, condition));
            byName.put("SET" + name + "_Eb", (block, x) -> setByte(block, x, condition));
            byName.put("J" + name + "_Jb", (block, x) -> ControlRules.jumpIf(block, x, condition));
            byName.put("J" + name + "_Jz", (block, x) -> ControlRules.jumpIf(block, x, condition));
        }
    }

    private static boolean conditionalMove(BlockTranslator block, Instruction x, int condition) {
        Emitter out = block.out();
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, false);
        }
        out.loadFlags();
        int register = out.read(x.reg);
        out.onOperand(x, 0, 0x140 | condition, x.operandSize, register, false);
        out.write(x.reg);
        return true;
    }

    private static boolean setByte(BlockTranslator block, Instruction x, int condition) {
        Emitter out = block.out();
        if (!x.memory && x.rm >= 16) {
            return false;
        }
        if (x.memory) {
            out.operandAddress(x, block.next(), 1, true);
        }
        out.loadFlags();
        out.onOperand(x, 0, 0x190 | condition, 1, 0, true);
        return true;
    }

    private static boolean lea(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        int host = Emitter.host(x.reg);
        if (host >= 0 && x.base != Instruction.RIP && x.operandSize >= 4) {
            out.sum(x, Math.min(x.operandSize, x.addressSize), host);
        } else {
            out.offset(x, block.next());
            out.moveInto(x.reg, x.operandSize, Assembler.R14);
        }
        return true;
    }

    private static boolean multiply(BlockTranslator block, Instruction x, int opcode, int immediateBytes) {
        Emitter out = block.out();
        boolean unseen = beforeProduct(block, x);
        int register = out.read(x.reg);
        out.onOperand(x, 0, opcode, x.operandSize, register, false);
        out.code.immediate(x.immediate, immediateBytes);
        out.write(x.reg);
        if (!unseen) {
            saveCarryAndOverflow(out.code);
        }
        return true;
    }

    /** The operand's address, if it is in memory, and the flags that a multiplication keeps; returns whether nothing will see those. */
    private static boolean beforeProduct(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        boolean unseen = block.flagsDieUnseen();
        if (!unseen) {
            out.saveFlags();
        }
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, false);
        }
        if (unseen) {
            out.flagsAreSaved();
        }
        return unseen;
    }

    /** Only CF and OF, which are equal, change; the rest is in the state block. */
    private static void saveCarryAndOverflow(Assembler code) {
        code.register(0, SET_OVERFLOW, 1, 0, Assembler.R13, false);
        code.register(MOVZX_BYTE, 4, Assembler.R13, Assembler.R13);
        code.register(0x69, 4, Assembler.R13, Assembler.R13); // IMUL by 101h: to bits 0 and 8
        code.int32(0x101);
        code.memory(MOVZX_WORD, 4, Assembler.R14, Assembler.R15, StateBlock.FLAGS);
        code.arithmetic(4, 4, Assembler.R14, 0xFEFE);
        code.register(0x09, 4, Assembler.R14, Assembler.R13);
        code.store(2, Assembler.R13, Assembler.R15, StateBlock.FLAGS);
    }

    private static boolean multiplyWide(BlockTranslator block, Instruction x, int extension) {
        Emitter out = block.out();
        boolean unseen = beforeProduct(block, x);
        out.onOperand(x, 0, 0xF7, x.operandSize, extension, false);
        if (!unseen) {
            saveCarryAndOverflow(out.code);
        }
        return true;
    }

    /** A division that would raise #DE is left to the interpreter; the flags stay as they are. */
    private static boolean divide(BlockTranslator block, Instruction x) {
        if (x.operandSize < 4) {
            return false;
        }
        Emitter out = block.out();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, false);
        }
        out.onOperand(x, 0, 0x3B, x.operandSize, RDX, false); // CMP RDX, divisor: the quotient fits if it is below
        out.leaveToInterpreterIf(ABOVE_OR_EQUAL);
        out.onOperand(x, 0, 0xF7, x.operandSize, 6, false);
        return true;
    }

    /** A count of 0 changes no flag; other counts are done as count - 1 and 1, see {@link MappedRule}. */
    private static boolean shiftByRegister(BlockTranslator block, Instruction x, int extension) {
        boolean countIsOperand = !x.memory && x.rm == RCX;
        if (x.operandSize < 4 || countIsOperand) {
            return false;
        }
        Emitter out = block.out();
        out.saveFlags();
        int register = -1;
        if (x.memory) {
            out.operandAddress(x, block.next(), x.operandSize, true);
        } else {
            register = out.into(x.rm, Assembler.R14);
        }
        out.code.register(0xF6, 1, 0, RCX); // TEST CL, mask
        out.code.byte8(x.operandSize == 8 ? 63 : 31);
        int skip = out.code.jumpIf(EQUAL);
        out.code.register(0xFE, 1, 1, RCX); // DEC CL
        onPlace(out, register, 0xD3, x.operandSize, extension);
        out.code.register(0xFE, 1, 0, RCX); // INC CL
        onPlace(out, register, 0xD1, x.operandSize, extension);
        out.flagsAreLive(true);
        out.saveFlags();
        out.code.land(skip);
        if (!x.memory) {
            out.moveInto(x.rm, x.operandSize, register);
        }
        return true;
    }

    /** An instruction on a host register, or, where that is negative, on the checked address. */
    private static void onPlace(Emitter out, int register, int opcode, int size, int extension) {
        if (register < 0) {
            out.code.memory(opcode, size, extension, Assembler.R14, 0);
        } else {
            out.code.register(opcode, size, extension, register);
        }
    }
}
