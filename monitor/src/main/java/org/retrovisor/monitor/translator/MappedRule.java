package org.retrovisor.monitor.translator;

import java.util.List;
import java.util.Set;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.isa.Row;

/**
 * The rule of instructions that translate to themselves, with other registers: most of the integer instructions.
 *
 * <p>What an operand is read or written for follows from the row: the first operand is the destination.
 */
final class MappedRule implements Rules.Rule {
    private static final Set<String> FIXED = Set.of("AL", "rAX", "CL", "1");
    private static final Set<String> NOT_WRITTEN = Set.of("CMP", "TEST");
    private static final Set<String> NEEDS_CARRY = Set.of("ADC", "SBB", "INC", "DEC");
    private static final Set<String> KEEPS_FLAGS = Set.of("ROL", "ROR");
    private static final Set<String> SHIFTS = Set.of("SHL", "SHR", "SAR", "ROL", "ROR");
    private static final Set<String> BOTH_WRITTEN = Set.of("XCHG", "XADD");

    private static final Set<String> RECIPES = Set.of("ADD", "OR", "AND", "SUB", "XOR", "CMP", "TEST");
    /** Numbers of operations in group 1, and their opcodes divided by 8. */
    private static final int ADD = 0;

    private static final int SUB = 5;

    private final Row row;
    private final Operand registerOperand;
    private final Operand memoryOperand;
    private final Operand opcodeOperand;
    private final Operand immediateOperand;
    private final boolean byteSized;
    private final boolean writesMemoryOperand;
    private final boolean writesRegisterOperand;

    MappedRule(Row row) {
        this.row = row;
        this.registerOperand = place(row, 'G');
        this.memoryOperand = place(row, 'E');
        this.opcodeOperand = place(row, 'Z');
        this.immediateOperand = place(row, 'I');
        List<Operand> operands = row.operands();
        Operand first = operands.isEmpty() ? null : operands.get(0);
        this.byteSized = first != null && (first.size().equals("b") || first.text().equals("AL"));
        boolean writes = !NOT_WRITTEN.contains(row.mnemonic());
        boolean both = BOTH_WRITTEN.contains(row.mnemonic());
        this.writesMemoryOperand = memoryOperand != null && (writes && first == memoryOperand || both);
        this.writesRegisterOperand = registerOperand != null && (writes && first == registerOperand || both);
    }

    /** Whether all operands are of the kinds that this rule maps. */
    static boolean covers(Row row) {
        boolean shiftByRegister = SHIFTS.contains(row.mnemonic()) && row.name().endsWith("_CL");
        return !row.is(Attribute.I64)
                && !shiftByRegister
                && row.operands().stream()
                        .allMatch(o -> "EGZI".indexOf(o.place()) >= 0 || FIXED.contains(o.text()));
    }

    private static Operand place(Row row, char place) {
        return row.operands().stream()
                .filter(operand -> operand.place() == place)
                .findFirst()
                .orElse(null);
    }

    @Override
    public boolean emit(BlockTranslator block, Instruction x) {
        boolean exchangeWithItself = opcodeOperand != null && row.mnemonic().equals("XCHG") && x.rm == Assembler.RAX;
        if (exchangeWithItself) {
            return true; // 90 is NOP: it does not clear the upper half
        }
        if (usesHighByte(x) && !highByteCanBeNamed(x) || row.mnemonic().equals("CMPXCHG") && !x.memory
                || addsToItself(x)) {
            return false;
        }
        if (SHIFTS.contains(row.mnemonic())) {
            return shift(block, x);
        }
        Emitter out = block.out();
        if (memoryOperand != null && x.memory && readsAlone(x)) {
            out.operandToRead(x, block.next(), accessSize(x));
        } else if (memoryOperand != null && x.memory) {
            out.operandAddress(x, block.next(), accessSize(x), writesMemoryOperand);
        }
        if (NEEDS_CARRY.contains(row.mnemonic())) {
            out.loadCarry();
        }
        instruction(out, x, row.opcode(), immediateBytes(x));
        settleFlags(out, x);
        return true;
    }

    /** Whether the operand in memory is read, and nothing else fetched between its address and that. */
    private boolean readsAlone(Instruction x) {
        return !writesMemoryOperand
                && !NEEDS_CARRY.contains(row.mnemonic())
                && (registerOperand == null || Emitter.host(x.reg) >= 0);
    }

    private void settleFlags(Emitter out, Instruction x) {
        FlagRecipe recipe = recipe(out, x);
        if (recipe != null) {
            out.flagsAreLive(recipe);
        } else if (!row.written().isEmpty()) {
            out.flagsAreLive(row.undefined().contains("A"));
        }
    }

    /** For whole registers of 4 and 8 bytes, in the forms with ModRM; null for all else. */
    private FlagRecipe recipe(Emitter out, Instruction x) {
        boolean usual = RECIPES.contains(row.mnemonic()) && memoryOperand != null && !x.memory && !byteSized
                && size(x) >= 4;
        if (!usual) {
            return null;
        }
        boolean undefined = row.undefined().contains("A");
        boolean intoReg = row.operands().getFirst() == registerOperand;
        int destination = intoReg ? x.reg : x.rm;
        int other = registerOperand == null ? -1 : intoReg ? x.rm : x.reg;
        int sources = FlagLife.bit(destination) | (other < 0 ? 0 : FlagLife.bit(other));
        return switch (row.mnemonic()) {
            case "CMP", "TEST" ->
                new FlagRecipe(sources, undefined, () -> instruction(out, x, row.opcode(), immediateBytes(x)));
            case "ADD" -> undo(out, x, SUB, ADD, destination, other, sources);
            case "SUB" -> undo(out, x, ADD, SUB, destination, other, sources);
            default -> new FlagRecipe(FlagLife.bit(destination), undefined, () -> {
                int host = out.into(destination, Assembler.R13);
                out.code.register(0x85, size(x), host, host); // TEST of the result
            });
        };
    }

    /** From the result back to what was there, and forth again. */
    private FlagRecipe undo(
            Emitter out, Instruction x, int back, int forth, int destination, int other, int sources) {
        if (destination == other) {
            return null;
        }
        return new FlagRecipe(sources, false, () -> {
            out.code.move(Assembler.R13, out.into(destination, Assembler.R13));
            for (int operation : new int[]{back, forth}) {
                if (other < 0) {
                    out.code.arithmetic(operation, size(x), Assembler.R13, (int) x.immediate);
                } else {
                    out.code.register(operation << 3 | 1, size(x), out.into(other, Assembler.R14), Assembler.R13);
                }
            }
        });
    }

    /** Counts above 1 become two shifts, so that OF is what our formula says and not what the host makes of it. */
    private boolean shift(BlockTranslator block, Instruction x) {
        int size = size(x);
        boolean byOne = immediateOperand == null;
        int count = byOne ? 1 : (int) x.immediate & (size == 8 ? 63 : 31);
        if (count == 0 || count >= 8 * size) {
            return false;
        }
        Emitter out = block.out();
        if (x.memory) {
            out.operandAddress(x, block.next(), size, true);
        }
        boolean keepsFlags = KEEPS_FLAGS.contains(row.mnemonic());
        boolean auxiliaryUndefined = !keepsFlags || out.live() && out.auxiliaryUndefined();
        if (keepsFlags) {
            out.loadFlags();
        }
        int single = byteSized ? 0xD0 : 0xD1;
        FlagRecipe recipe = keepsFlags || x.memory || size < 4 || !block.parksFlags() ? null : parkShift(out, x, count);
        if (count > 1 && (recipe != null || block.flagsDieUnseen())) {
            step(out, x, count);
        } else {
            if (count > 1) {
                step(out, x, count - 1);
            }
            out.onWritten(x, 0, single, size, row.extension(), byteSized);
            out.written(x, size, byteSized);
        }
        if (recipe != null) {
            out.flagsAreLive(recipe);
        } else {
            out.flagsAreLive(auxiliaryUndefined);
        }
        return true;
    }

    /** Keeps the operand of a shift, whose result does not tell what was shifted out. */
    private FlagRecipe parkShift(Emitter out, Instruction x, int count) {
        int size = size(x);
        out.code.store(size, out.read(x.rm), Assembler.R15, StateBlock.SHIFTED);
        return new FlagRecipe(0, true, () -> {
            out.code.load(size, Assembler.R13, Assembler.R15, StateBlock.SHIFTED); // which may be needed again
            if (count > 1) {
                out.code.register(0xC1, size, row.extension(), Assembler.R13);
                out.code.byte8(count - 1);
            }
            out.code.register(0xD1, size, row.extension(), Assembler.R13);
        });
    }

    private void step(Emitter out, Instruction x, int count) {
        out.onWritten(x, 0, byteSized ? 0xC0 : 0xC1, size(x), row.extension(), byteSized);
        out.code.byte8(count);
        out.written(x, size(x), byteSized);
    }

    private void instruction(Emitter out, Instruction x, int opcode, int immediateBytes) {
        int size = size(x);
        int whole = row.map() << 8 | opcode;
        if (opcodeOperand != null) {
            opcodeRegister(out, x, size);
        } else if (memoryOperand == null) {
            accumulator(out, x, size, immediateBytes);
        } else {
            modRm(out, x, whole, size);
            out.code.immediate(x.immediate, immediateBytes);
            if (!usesHighByte(x)) { // those are in host registers for certain
                finishWrites(out, x, size);
            }
        }
    }

    private void modRm(Emitter out, Instruction x, int opcode, int size) {
        if (usesHighByte(x)) {
            int high = registerOperand == null ? row.extension() : byteCode(x.reg);
            out.code.register(opcode, size, high, byteCode(x.rm));
            return;
        }
        int field = registerOperand == null ? row.extension() : out.read(x.reg);
        int mandatory = row.mnemonic().equals("POPCNT") ? 0xF3 : 0;
        boolean bytes = byteSized || memoryOperand.size().equals("b");
        if (writesMemoryOperand) {
            out.onWritten(x, mandatory, opcode, size, field, bytes);
        } else {
            out.onOperand(x, mandatory, opcode, size, field, bytes);
        }
    }

    private void finishWrites(Emitter out, Instruction x, int size) {
        if (writesRegisterOperand) {
            out.write(x.reg);
        }
        if (writesMemoryOperand) {
            out.written(x, size, byteSized || memoryOperand.size().equals("b"));
        }
    }

    /** MOV Z, I; BSWAP; XCHG with the accumulator. */
    private void opcodeRegister(Emitter out, Instruction x, int size) {
        switch (row.mnemonic()) {
            case "MOV" -> {
                if (size >= 4) {
                    long value = size == 4 ? x.immediate & 0xFFFF_FFFFL : x.immediate;
                    int host = Emitter.host(x.rm);
                    out.code.constant(host < 0 ? Assembler.R13 : host, value);
                    out.write(x.rm);
                } else {
                    out.onRegister(x.rm, 0, size == 1 ? 0xC6 : 0xC7, size, 0, size == 1);
                    out.code.immediate(x.immediate, size);
                }
            }
            case "BSWAP" -> {
                int host = out.read(x.rm);
                out.code.plusRegister(0x1C8, size, host);
                out.write(x.rm);
            }
            case "XCHG" -> {
                int host = out.read(x.rm);
                out.code.register(0x87, size, host, Assembler.RAX);
                out.write(x.rm);
            }
            default -> throw new IllegalStateException(row.name());
        }
    }

    private void accumulator(Emitter out, Instruction x, int size, int immediateBytes) {
        out.code.plain(row.opcode(), size);
        out.code.immediate(x.immediate, immediateBytes);
    }

    private int size(Instruction x) {
        return byteSized ? 1 : x.operandSize;
    }

    private int accessSize(Instruction x) {
        return switch (memoryOperand.size()) {
            case "b" -> 1;
            case "w" -> 2;
            case "d" -> 4;
            default -> x.operandSize;
        };
    }

    private int immediateBytes(Instruction x) {
        if (immediateOperand == null) {
            return 0;
        }
        return immediateOperand.size().equals("b") ? 1 : Math.min(x.operandSize, 4);
    }

    /** XADD writes its destination last; of a register in the state block, only its copy would be. */
    private boolean addsToItself(Instruction x) {
        return row.mnemonic().equals("XADD") && !x.memory && x.reg == x.rm;
    }

    /** AH to BH cannot be named together with the host registers that a REX prefix is needed for. */
    private boolean usesHighByte(Instruction x) {
        return registerOperand != null && x.reg >= Instruction.AH || !x.memory && x.rm >= Instruction.AH;
    }

    private boolean highByteCanBeNamed(Instruction x) {
        boolean plain = !x.memory && opcodeOperand == null && memoryOperand != null && x.operandSize != 8
                && !SHIFTS.contains(row.mnemonic()) && !BOTH_WRITTEN.contains(row.mnemonic());
        boolean wideRegister = registerOperand != null && !byteSized;
        return plain && withoutRex(x.rm, true) && (registerOperand == null || withoutRex(x.reg, !wideRegister));
    }

    private static boolean withoutRex(int register, boolean byteSized) {
        return byteSized ? register < 4 || register >= Instruction.AH : register < 8 && register != 4;
    }

    /** How ModRM names a register when there is no REX prefix. */
    private static int byteCode(int register) {
        return register >= Instruction.AH ? register - Instruction.AH + 4 : register;
    }
}
