package org.retrovisor.monitor.translator;

import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.x87.X87Bits;

/**
 * x87 instructions on the host's unit, which holds the guest's registers and control word while a block needs them, and only
 * while all exceptions are masked.
 *
 * <p>Pointers to the last instruction and operand are kept in the state block, as are the condition codes of the last comparison:
 * processors differ in both. Functions whose last place differs between processors have no rule, nor has what leaves C1
 * undefined.
 */
final class X87Rules {
    private static final int AND = 4;
    private static final int OR = 1;
    private static final int COMPARE = 7;
    private static final int CONTROL_WRITABLE = 0x1F3F;
    private static final int CONTROL_FIXED = 0x40;
    private static final Set<String> ARITHMETIC = Set.of(
            "FADD", "FMUL", "FSUB", "FSUBR", "FDIV", "FDIVR", "FADDP", "FMULP", "FSUBP", "FSUBRP", "FDIVP", "FDIVRP",
            "FIADD", "FIMUL", "FISUB", "FISUBR", "FIDIV", "FIDIVR", "FCHS", "FABS", "FSQRT", "FRNDINT");
    private static final Set<String> LOADS = Set.of("FLD", "FILD", "FLD1", "FLDZ", "FXCH", "FNOP");
    private static final Set<String> STORES = Set.of("FST", "FSTP", "FIST", "FISTP", "FISTTP");
    private static final Set<String> COMPARISONS = Set.of(
            "FCOM", "FCOMP", "FCOMPP", "FUCOM", "FUCOMP", "FUCOMPP", "FICOM", "FICOMP", "FTST", "FXAM");

    private X87Rules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        for (Row row : InstructionTable.standard().rows()) {
            String mnemonic = row.mnemonic();
            boolean compares = COMPARISONS.contains(mnemonic);
            boolean stores = STORES.contains(mnemonic);
            if (compares || stores || ARITHMETIC.contains(mnemonic) || LOADS.contains(mnemonic)) {
                rules.put(row.name(), (block, x) -> execute(block, x, stores, compares));
            }
        }
        rules.put("FLDCW_Mw", X87Rules::loadControl);
        rules.put("FNSTCW_Mw", X87Rules::storeControl);
        rules.put("FNSTSW_AX", X87Rules::storeStatus);
        rules.put("FNSTSW_Mw", X87Rules::storeStatus);
        rules.put("FWAIT", (block, x) -> use(block.out()));
    }

    /** The block needs the guest's state in the host's unit. */
    private static boolean use(Emitter out) {
        out.useX87();
        return true;
    }

    private static boolean execute(BlockTranslator block, Instruction x, boolean stores, boolean compares) {
        if (x.memory && x.addressSize != 8) {
            return false; // the pointer to the operand would need its own rules
        }
        Emitter out = block.out();
        out.useX87();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), size(x.row.operands().getFirst()), stores);
            out.code.memory(x.row.opcode(), 4, field(x), Assembler.R14, 0);
            out.offset(x, block.next());
            out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.X87_DATA_POINTER);
        } else {
            out.code.byte8(x.row.opcode());
            out.code.byte8(x.modRm);
        }
        noteInstruction(out, x, block.next() - x.length);
        if (compares) {
            noteConditions(out);
        }
        return true;
    }

    private static void noteInstruction(Emitter out, Instruction x, long rip) {
        out.code.constant(Assembler.R13, rip);
        out.code.store(8, Assembler.R13, Assembler.R15, StateBlock.X87_INSTRUCTION_POINTER);
        out.code.memory(0xC7, 4, 0, Assembler.R15, StateBlock.X87_OPCODE);
        out.code.int32((x.row.opcode() & 7) << 8 | x.modRm);
    }

    /** The status word into the state block, of which only C0, C2 and C3 count. */
    private static void noteConditions(Emitter out) {
        out.code.memory(0xDD, 4, 7, Assembler.R15, StateBlock.X87_CONDITIONS); // FNSTSW
    }

    private static int field(Instruction x) {
        return x.modRm >> 3 & 7;
    }

    private static int size(Operand operand) {
        return switch (operand.size()) {
            case "w" -> 2;
            case "d" -> 4;
            case "q" -> 8;
            case "t" -> 10;
            default -> throw new IllegalStateException(operand.text());
        };
    }

    /** A control word that unmasks an exception is left to the interpreter. */
    private static boolean loadControl(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.useX87();
        out.operandAddress(x, block.next(), 2, false);
        out.code.memory(0x1B7, 4, Assembler.R13, Assembler.R14, 0); // MOVZX
        out.code.move(Assembler.R14, Assembler.R13);
        out.code.arithmetic(AND, 4, Assembler.R14, X87Bits.EXCEPTIONS);
        out.code.arithmetic(COMPARE, 4, Assembler.R14, X87Bits.EXCEPTIONS);
        out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        out.code.arithmetic(AND, 4, Assembler.R13, CONTROL_WRITABLE);
        out.code.arithmetic(OR, 4, Assembler.R13, CONTROL_FIXED);
        out.code.store(4, Assembler.R13, Assembler.R15, StateBlock.SCRATCH);
        out.code.memory(0xD9, 4, 5, Assembler.R15, StateBlock.SCRATCH); // FLDCW
        return true;
    }

    private static boolean storeControl(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.useX87();
        out.operandAddress(x, block.next(), 2, true);
        out.code.memory(0xD9, 4, 7, Assembler.R15, StateBlock.SCRATCH); // FNSTCW
        out.code.memory(0x1B7, 4, Assembler.R13, Assembler.R15, StateBlock.SCRATCH); // MOVZX
        out.code.arithmetic(AND, 4, Assembler.R13, CONTROL_WRITABLE);
        out.code.arithmetic(OR, 4, Assembler.R13, CONTROL_FIXED);
        out.code.store(2, Assembler.R13, Assembler.R14, 0);
        return true;
    }

    private static boolean storeStatus(BlockTranslator block, Instruction x) {
        Emitter out = block.out();
        out.useX87();
        out.saveFlags();
        if (x.memory) {
            out.operandAddress(x, block.next(), 2, true);
            out.code.store(8, Assembler.R14, Assembler.R15, StateBlock.SCRATCH);
        }
        out.code.memory(0xDD, 4, 7, Assembler.R15, StateBlock.X87_STATUS); // FNSTSW
        out.code.memory(0x1B7, 4, Assembler.R13, Assembler.R15, StateBlock.X87_STATUS); // MOVZX
        out.code.arithmetic(AND, 4, Assembler.R13, ~HostX87.COMPARED);
        out.code.memory(0x1B7, 4, Assembler.R14, Assembler.R15, StateBlock.X87_CONDITIONS);
        out.code.arithmetic(AND, 4, Assembler.R14, HostX87.COMPARED);
        out.code.register(0x09, 4, Assembler.R14, Assembler.R13); // OR
        if (x.memory) {
            out.code.load(8, Assembler.R14, Assembler.R15, StateBlock.SCRATCH);
            out.code.store(2, Assembler.R13, Assembler.R14, 0);
        } else {
            out.code.register(0x89, 2, Assembler.R13, Assembler.RAX); // MOV
        }
        return true;
    }
}
