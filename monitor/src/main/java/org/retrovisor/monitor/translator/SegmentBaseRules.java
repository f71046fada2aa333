package org.retrovisor.monitor.translator;

import java.util.Map;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;

/**
 * RDFSBASE and its like, which kernels execute at each switch of processes. Where CR4 does not allow them, and for a base that is not
 * canonical, the interpreter raises what has to be raised.
 */
final class SegmentBaseRules {
    private static final int SCRATCH = Assembler.R13;
    private static final int STATE = Assembler.R15;

    private SegmentBaseRules() {}

    static void bind(Map<String, Rules.Rule> rules) {
        rules.put("RDFSBASE_Ry", (block, x) -> read(block, x, StateBlock.FS_BASE));
        rules.put("RDGSBASE_Ry", (block, x) -> read(block, x, StateBlock.GS_BASE));
        rules.put("WRFSBASE_Ry", (block, x) -> write(block, x, StateBlock.FS_BASE));
        rules.put("WRGSBASE_Ry", (block, x) -> write(block, x, StateBlock.GS_BASE));
    }

    private static boolean read(BlockTranslator block, Instruction x, int base) {
        Emitter out = block.out();
        needPermission(out);
        out.code.load(8, SCRATCH, STATE, base);
        out.moveInto(x.rm, x.operandSize, SCRATCH);
        return true;
    }

    private static boolean write(BlockTranslator block, Instruction x, int base) {
        Emitter out = block.out();
        needPermission(out);
        out.code.register(0x89, x.operandSize, out.into(x.rm, SCRATCH), SCRATCH); // MOV: 32 bits clear the upper half
        if (x.operandSize == 8) {
            WaysOut.canonical(out.code);
            out.leaveToInterpreterIf(Assembler.NOT_EQUAL);
        }
        out.code.store(8, SCRATCH, STATE, base);
        return true;
    }

    private static void needPermission(Emitter out) {
        out.saveFlags();
        out.code.memory(0xF7, 4, 0, STATE, StateBlock.controlRegister(4)); // TEST
        out.code.int32((int) Control.CR4_FSGSBASE);
        out.leaveToInterpreterIf(Assembler.EQUAL);
    }
}
