package org.retrovisor.monitor.interpreter.x87;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.x87.X87Constant;
import org.retrovisor.monitor.x87.X87Unit;

import static org.retrovisor.monitor.interpreter.x87.X87Access.load16;
import static org.retrovisor.monitor.interpreter.x87.X87Access.load32;
import static org.retrovisor.monitor.interpreter.x87.X87Access.load64;
import static org.retrovisor.monitor.interpreter.x87.X87Access.start;
import static org.retrovisor.monitor.interpreter.x87.X87Access.sti;

/** Binds the rows of {@code x87.tbl}: arithmetic, comparisons, functions and the stack. */
public final class X87Instructions {
    private static final int[] CONDITIONAL_CODES = {2, 4, 6, 10, 3, 5, 7, 11};
    private static final String[] CONDITIONAL_NAMES = {"B", "E", "BE", "U", "NB", "NE", "NBE", "NU"};

    private X87Instructions() {}

    /** Binds every x87 row. */
    public static void bind(SemanticsTable t) {
        arithmetic(t, "ADD", X87Unit.ADD);
        arithmetic(t, "MUL", X87Unit.MUL);
        arithmetic(t, "SUB", X87Unit.SUB);
        arithmetic(t, "SUBR", X87Unit.SUBR);
        arithmetic(t, "DIV", X87Unit.DIV);
        arithmetic(t, "DIVR", X87Unit.DIVR);
        comparisons(t, "", 0);
        comparisons(t, "P", 1);
        otherComparisons(t);
        conditionalMoves(t);
        stack(t);
        functions(t);
        transcendentals(t);
        for (X87Constant constant : X87Constant.values()) {
            t.bind(constant.name(), (cpu, i) -> start(cpu, i).transcendental().load(constant));
        }
        X87Transfers.bind(t);
        X87Controls.bind(t);
    }

    private static void arithmetic(SemanticsTable t, String name, int operation) {
        t.bind("F" + name + "_ST0_STi", (cpu, i) -> start(cpu, i).arithmetic(operation, 0, sti(i), false));
        t.bind("F" + name + "_STi_ST0", (cpu, i) -> start(cpu, i).arithmetic(operation, sti(i), 0, false));
        t.bind("F" + name + "P_STi_ST0", (cpu, i) -> start(cpu, i).arithmetic(operation, sti(i), 0, true));
        t.bind("F" + name + "_Md", (cpu, i) -> cpu.x87.arithmeticFloat32(operation, load32(cpu, i)));
        t.bind("F" + name + "_Mq", (cpu, i) -> cpu.x87.arithmeticFloat64(operation, load64(cpu, i)));
        t.bind("FI" + name + "_Mw", (cpu, i) -> cpu.x87.arithmeticInteger(operation, load16(cpu, i)));
        t.bind("FI" + name + "_Md", (cpu, i) -> cpu.x87.arithmeticInteger(operation, load32(cpu, i)));
    }

    private static void comparisons(SemanticsTable t, String p, int pops) {
        t.bind("FCOM" + p + "_STi", (cpu, i) -> start(cpu, i).compare(sti(i), false, pops));
        t.bind("FUCOM" + p + "_STi", (cpu, i) -> start(cpu, i).compare(sti(i), true, pops));
        t.bind("FCOM" + p + "_Md", (cpu, i) -> cpu.x87.compareFloat32(load32(cpu, i), pops));
        t.bind("FCOM" + p + "_Mq", (cpu, i) -> cpu.x87.compareFloat64(load64(cpu, i), pops));
        t.bind("FICOM" + p + "_Mw", (cpu, i) -> cpu.x87.compareInteger(load16(cpu, i), pops));
        t.bind("FICOM" + p + "_Md", (cpu, i) -> cpu.x87.compareInteger(load32(cpu, i), pops));
        boolean pop = pops != 0;
        t.bind("FCOMI" + p + "_ST0_STi",
                (cpu, i) -> setFlags(cpu, start(cpu, i).compareToFlags(sti(i), false, pop)));
        t.bind("FUCOMI" + p + "_ST0_STi",
                (cpu, i) -> setFlags(cpu, start(cpu, i).compareToFlags(sti(i), true, pop)));
    }

    /** OF, SF and AF become 0. */
    private static void setFlags(Processor cpu, int zeroParityCarry) {
        cpu.flags.setStatus(zeroParityCarry & (Flags.ZF | Flags.PF | Flags.CF));
    }

    private static void otherComparisons(SemanticsTable t) {
        t.bind("FCOMPP", (cpu, i) -> start(cpu, i).compare(1, false, 2));
        t.bind("FUCOMPP", (cpu, i) -> start(cpu, i).compare(1, true, 2));
        t.bind("FTST", (cpu, i) -> start(cpu, i).test());
        t.bind("FXAM", (cpu, i) -> start(cpu, i).examine());
    }

    private static void conditionalMoves(SemanticsTable t) {
        for (int n = 0; n < CONDITIONAL_CODES.length; n++) {
            int code = CONDITIONAL_CODES[n];
            t.bind("FCMOV" + CONDITIONAL_NAMES[n] + "_ST0_STi",
                    (cpu, i) -> start(cpu, i).conditionalMove(cpu.flags.condition(code), sti(i)));
        }
    }

    private static void stack(SemanticsTable t) {
        t.bind("FXCH_STi", (cpu, i) -> start(cpu, i).exchange(sti(i)));
        t.bind("FFREE_STi", (cpu, i) -> start(cpu, i).free(sti(i), false));
        t.bind("FFREEP_STi", (cpu, i) -> start(cpu, i).free(sti(i), true));
        t.bind("FINCSTP", (cpu, i) -> start(cpu, i).rotate(1));
        t.bind("FDECSTP", (cpu, i) -> start(cpu, i).rotate(-1));
        t.bind("FNOP", X87Access::start);
    }

    private static void functions(SemanticsTable t) {
        t.bind("FCHS", (cpu, i) -> start(cpu, i).functions().changeSign());
        t.bind("FABS", (cpu, i) -> start(cpu, i).functions().absolute());
        t.bind("FSQRT", (cpu, i) -> start(cpu, i).functions().squareRoot());
        t.bind("FRNDINT", (cpu, i) -> start(cpu, i).functions().roundToInteger());
        t.bind("FSCALE", (cpu, i) -> start(cpu, i).functions().scale());
        t.bind("FXTRACT", (cpu, i) -> start(cpu, i).functions().extract());
        t.bind("FPREM", (cpu, i) -> start(cpu, i).functions().remainder());
        t.bind("FPREM1", (cpu, i) -> start(cpu, i).functions().remainderNearest());
    }

    private static void transcendentals(SemanticsTable t) {
        t.bind("FSIN", (cpu, i) -> start(cpu, i).transcendental().sine());
        t.bind("FCOS", (cpu, i) -> start(cpu, i).transcendental().cosine());
        t.bind("FSINCOS", (cpu, i) -> start(cpu, i).transcendental().sineAndCosine());
        t.bind("FPTAN", (cpu, i) -> start(cpu, i).transcendental().tangent());
        t.bind("FPATAN", (cpu, i) -> start(cpu, i).transcendental().arcTangent());
        t.bind("F2XM1", (cpu, i) -> start(cpu, i).transcendental().exponential());
        t.bind("FYL2X", (cpu, i) -> start(cpu, i).transcendental().logarithm());
        t.bind("FYL2XP1", (cpu, i) -> start(cpu, i).transcendental().logarithmOfSum());
    }
}
