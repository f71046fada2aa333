package org.retrovisor.monitor.interpreter.avx;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;

/**
 * VEX instructions that do what SSE instructions do: the operands of a lane are put into registers 1 and 2 (a mask into
 * register 0), the SSE instruction is executed on them, its result is taken out of register 1, and the registers are put
 * back. The flags of floating-point exceptions are settled behind the last lane.
 *
 * <p>Attributes of the rows: {@code lanes} all lanes, {@code scalar} one; {@code widen} sources are half, a quarter or an
 * eighth as wide, {@code narrow} results are half as wide; {@code count} both lanes have the same source; {@code group} the
 * destination is H; {@code upperN} the upper lane has the immediate shifted by N; {@code merge} the source is a general
 * register or memory; {@code direct} there is one lane and no third operand, and {@code clears} says that the destination
 * is a vector.
 */
final class LaneForms {
    private static final int FIRST = 1;
    private static final int SECOND = 2;

    private LaneForms() {}

    static void bind(SemanticsTable t) {
        for (Row row : InstructionTable.complete().rows()) {
            if (t.isBound(row.name()) || !row.vex()) {
                continue;
            }
            if (row.is(Attribute.LANES) || row.is(Attribute.MERGE) || row.is(Attribute.DIRECT)) {
                SseTwins.of(row); // fails at start-up, not in a guest
            }
            if (row.is(Attribute.LANES)) {
                t.bindChooser(row.name(), i -> lanes(t, i));
            } else if (row.is(Attribute.MERGE)) {
                t.bindChooser(row.name(), i -> merge(t, i));
            } else if (row.is(Attribute.DIRECT)) {
                t.bindChooser(row.name(), i -> direct(t, i));
            }
        }
    }

    private static Instruction twin(SemanticsTable t, Instruction i, int reg, int rm, boolean memory, long immediate) {
        Instruction twin = i.as(SseTwins.of(i.row), reg, rm, memory, immediate);
        twin.semantics = t.of(twin);
        return twin;
    }

    private static void execute(Processor cpu, Instruction twin) {
        cpu.forVex = cpu.has(ModelChange.VEX_WITHOUT_SSE_BITS);
        try {
            twin.semantics.execute(cpu, twin);
        } finally {
            cpu.forVex = false;
        }
    }

    // ---------------------------------------------------------------- one lane, as it is

    private static Semantics direct(SemanticsTable t, Instruction i) {
        Instruction twin = twin(t, i, i.reg, i.rm, i.memory, i.immediate);
        boolean clears = i.row.is(Attribute.CLEARS);
        boolean intoMask = i.row.mnemonic().endsWith("STRM");
        return (cpu, x) -> {
            cpu.requireAvx();
            execute(cpu, twin);
            if (clears) {
                int register = intoMask ? 0 : x.reg;
                cpu.ymm[2 * register] = 0;
                cpu.ymm[2 * register + 1] = 0;
            }
        };
    }

    /** A vector in H with a part of it from elsewhere. */
    private static Semantics merge(SemanticsTable t, Instruction i) {
        Instruction twin = twin(t, i, FIRST, i.rm, i.memory, i.immediate);
        return (cpu, x) -> {
            cpu.requireAvx();
            long[] registers = cpu.xmm;
            long low = registers[2 * FIRST];
            long high = registers[2 * FIRST + 1];
            registers[2 * FIRST] = registers[2 * x.vvvv];
            registers[2 * FIRST + 1] = registers[2 * x.vvvv + 1];
            long[] result = new long[4];
            try {
                execute(cpu, twin);
                result[0] = registers[2 * FIRST];
                result[1] = registers[2 * FIRST + 1];
            } finally {
                registers[2 * FIRST] = low;
                registers[2 * FIRST + 1] = high;
            }
            Vectors.set(cpu, x.reg, result, false);
        };
    }

    // ---------------------------------------------------------------- lane by lane

    private static Semantics lanes(SemanticsTable t, Instruction i) {
        int rm = i.row.is(Attribute.GROUP) ? FIRST : SECOND;
        Instruction lower = twin(t, i, FIRST, rm, false, i.immediate);
        Instruction upper = twin(t, i, FIRST, rm, false, (i.immediate & 0xFF) >> upperShift(i.row));
        return (cpu, x) -> execute(cpu, x, lower, upper);
    }

    private static int upperShift(Row row) {
        return row.is(Attribute.UPPER2) ? 2 : row.is(Attribute.UPPER3) ? 3 : row.is(Attribute.UPPER4) ? 4 : 0;
    }

    private static void execute(Processor cpu, Instruction i, Instruction lower, Instruction upper) {
        cpu.requireAvx();
        Row row = i.row;
        boolean group = row.is(Attribute.GROUP);
        boolean two = i.wideVector && !row.is(Attribute.SCALAR);
        long[] source = Vectors.source(cpu, i);
        long[] first = group ? source : Vectors.register(cpu, i.vvvv);
        long[] mask = row.name().endsWith("_Lx") ? Vectors.register(cpu, maskRegister(cpu, i)) : null;
        long[] before = new long[6];
        System.arraycopy(cpu.xmm, 0, before, 0, 6);
        long[] result = new long[4];
        cpu.lanesFollow = true;
        try {
            lane(cpu, lower, mask, 0, first, source[0], source[1], result);
            if (two) {
                upperSource(row, source);
                lane(cpu, upper, mask, 2, first, source[2], source[3], result);
            }
        } finally {
            System.arraycopy(before, 0, cpu.xmm, 0, 6);
            cpu.lanesFollow = false;
        }
        cpu.settleFloatFlags();
        boolean narrow = two && row.is(Attribute.NARROW);
        if (narrow) {
            result[1] = result[2];
        }
        Vectors.set(cpu, group ? i.vvvv : i.reg, result, two && !narrow);
    }

    private static int maskRegister(Processor cpu, Instruction i) {
        int number = (int) i.immediate >> 4 & 15;
        return cpu.mode64() ? number : number & 7;
    }

    private static void lane(Processor cpu, Instruction twin, long[] mask, int at, long[] first, long low, long high,
            long[] result) {
        long[] x = cpu.xmm;
        if (mask != null) {
            x[0] = mask[at];
            x[1] = mask[at + 1];
        }
        x[2 * FIRST] = first[at];
        x[2 * FIRST + 1] = first[at + 1];
        x[2 * SECOND] = low;
        x[2 * SECOND + 1] = high;
        execute(cpu, twin);
        result[at] = x[2 * FIRST];
        result[at + 1] = x[2 * FIRST + 1];
    }

    /** The source of the upper lane, where it is not the upper lane of the source. */
    private static void upperSource(Row row, long[] source) {
        if (row.is(Attribute.COUNT)) {
            source[2] = source[0];
            source[3] = source[1];
        } else if (row.is(Attribute.WIDEN)) {
            String size = row.operands().get(1).size();
            source[2] = switch (size) {
                case "h" -> source[1];
                case "f" -> source[0] >>> 32;
                default -> source[0] >>> 16;
            };
        }
    }
}
