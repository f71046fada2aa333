package org.retrovisor.monitor.translator;

import java.util.List;
import java.util.Set;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/**
 * The rule of SSE instructions: they translate to themselves, on the same XMM registers.
 *
 * <p>The hardware computes what the interpreter does, MXCSR included: IEEE arithmetic leaves no choice, and the few
 * instructions whose results are each processor's own are not {@linkplain #covers covered}.
 */
final class VectorRule implements Rules.Rule {
    private static final String PLACES = "VWUMEGRI";
    private static final Set<String> OWN_RESULTS = Set.of(
            "RCPPS", "RCPSS", "RSQRTPS", "RSQRTSS", "DPPS", "DPPD", "PCMPESTRM", "PCMPESTRI", "PCMPISTRM", "PCMPISTRI");
    private static final Set<String> UNALIGNED = Set.of("MOVUPS", "MOVUPD", "MOVDQU", "LDDQU");
    /** They overwrite all of their destination, whatever form they have. */
    private static final Set<String> OVERWRITING = Set.of(
            "MOVUPS", "MOVUPD", "MOVAPS", "MOVAPD", "MOVDQA", "MOVDQU", "LDDQU", "MOVNTDQA", "MOVD", "MOVQ", "PSHUFD",
            "PSHUFLW", "PSHUFHW", "CVTDQ2PS", "CVTPS2DQ", "CVTTPS2DQ", "CVTDQ2PD");
    private static final Set<String> OVERWRITING_FROM_MEMORY = Set.of("MOVSS", "MOVSD");
    private static final Set<String> NO_DESTINATION = Set.of("PTEST", "UCOMISS", "UCOMISD", "COMISS", "COMISD");
    private static final int WHOLE = 16;

    private final Row row;
    private final Operand destination;
    private final Operand inReg;
    private final Operand inRm;
    private final boolean immediate;

    VectorRule(Row row) {
        this.row = row;
        this.destination = NO_DESTINATION.contains(row.mnemonic()) ? null : row.operands().get(0);
        this.inReg = place(row, "VG");
        this.inRm = place(row, "WUMER");
        this.immediate = place(row, "I") != null;
    }

    /** Whether a row is one of those. */
    static boolean covers(Row row) {
        List<Operand> operands = row.operands();
        boolean vectors = operands.stream().anyMatch(operand -> "VWU".indexOf(operand.place()) >= 0);
        return vectors
                && !OWN_RESULTS.contains(row.mnemonic())
                && operands.stream().allMatch(o -> PLACES.indexOf(o.place()) >= 0 || o.text().equals("XMM0"));
    }

    private static Operand place(Row row, String places) {
        return row.operands()
                .stream()
                .filter(operand -> places.indexOf(operand.place()) >= 0)
                .findFirst()
                .orElse(null);
    }

    @Override
    public boolean emit(BlockTranslator block, Instruction x) {
        if (!block.vectorsAllowed()) {
            return false;
        }
        Emitter out = block.out();
        if (x.memory) {
            int size = size(inRm, x);
            if (size == WHOLE && !UNALIGNED.contains(row.mnemonic())) {
                out.alignedAddress(x, block.next(), destination == inRm);
            } else {
                out.operandAddress(x, block.next(), size, destination == inRm);
            }
        }
        readVectors(out, x);
        instruction(out, x);
        finishWrites(out, x);
        if (!row.written().isEmpty()) {
            out.flagsAreLive(false);
        }
        return true;
    }

    private void readVectors(Emitter out, Instruction x) {
        boolean overwrites = OVERWRITING.contains(row.mnemonic())
                || OVERWRITING_FROM_MEMORY.contains(row.mnemonic()) && x.memory;
        if (isVector(inReg) && !(overwrites && inReg == destination)) {
            out.readVector(x.reg);
        }
        if (isVector(inRm) && !x.memory && !(overwrites && inRm == destination)) {
            out.readVector(x.rm);
        }
        if (row.operands().getLast().text().equals("XMM0")) {
            out.readVector(0);
        }
    }

    private static boolean isVector(Operand operand) {
        return operand != null && "VWU".indexOf(operand.place()) >= 0;
    }

    private void instruction(Emitter out, Instruction x) {
        int prefix = switch (row.prefix()) {
            case P66 -> 0x66;
            case PF3 -> 0xF3;
            case PF2 -> 0xF2;
            case NONE, ANY -> 0;
        };
        int opcode = row.map() << 8 | row.opcode();
        int size = x.wide ? 8 : 4;
        int reg = inReg == null ? row.extension() : isVector(inReg) ? x.reg : scratchOr(x.reg);
        if (x.memory) {
            out.code.memory(prefix, opcode, size, reg, Assembler.R14, 0, false);
        } else {
            out.code.register(prefix, opcode, size, reg, rm(out, x), false);
        }
        if (immediate) {
            out.code.byte8((int) x.immediate);
        }
    }

    /** The host register of the register in ModRM.rm; a general register that is read is there when this returns. */
    private int rm(Emitter out, Instruction x) {
        if (isVector(inRm)) {
            return x.rm;
        }
        return inRm == destination ? scratchOr(x.rm) : out.read(x.rm);
    }

    private static int scratchOr(int guest) {
        int host = Emitter.host(guest);
        return host < 0 ? Assembler.R13 : host;
    }

    private void finishWrites(Emitter out, Instruction x) {
        if (destination == null || destination == inRm && x.memory) {
            return;
        }
        int register = destination == inReg ? x.reg : x.rm;
        if (isVector(destination)) {
            out.vectorWritten(register);
        } else {
            out.write(register);
        }
    }

    private static int size(Operand operand, Instruction x) {
        return switch (operand.size()) {
            case "x", "dq", "ps", "pd" -> WHOLE;
            case "q", "sd" -> 8;
            case "d", "ss" -> 4;
            case "w" -> 2;
            case "b" -> 1;
            case "y" -> x.wide ? 8 : 4;
            default -> throw new IllegalStateException(operand.text());
        };
    }
}
