package org.retrovisor.monitor.oracle;

import java.util.Random;
import org.retrovisor.monitor.x87.X87Bits;

/** What the states of x87 instructions need. */
final class X87Preparations {
    private static final int USUAL_CONTROL = 0x37F;
    private static final int ROUNDING_AND_PRECISION = 0x1F00;
    private static final int EXPONENT = 0x7FFF;
    private static final int BIAS = 16383;

    private X87Preparations() {}

    static void add(Preparations all) {
        for (String mnemonic : new String[]{"FLD", "FADD", "FMUL", "FCOM", "FCOMP", "FSUB", "FSUBR", "FDIV", "FDIVR"}) {
            all.with(mnemonic + "_Md", (e, s, maker) -> operand(e, s, maker, maker.extended().float32()));
            all.with(mnemonic + "_Mq", (e, s, maker) -> operand(e, s, maker, maker.extended().float64()));
        }
        all
                .with("FLD_Mt", X87Preparations::extendedOperand)
                .with("FYL2XP1", (e, s, maker) -> keepSmall(s));
    }

    /** Registers, stack and control word at random; three times in four with all exceptions masked. */
    static void fill(CpuState state, Random random, ExtendedOperands operands) {
        int near = random.nextInt(3) == 0 ? random.nextInt(EXPONENT) : BIAS;
        for (int p = 0; p < 8; p++) {
            operands.next(near);
            state.mmx[p] = operands.significand;
            state.exponents[p] = operands.signExponent;
        }
        int masks = random.nextInt(4) == 0 ? random.nextInt(64) : X87Bits.EXCEPTIONS;
        state.x87Control = USUAL_CONTROL & ~X87Bits.EXCEPTIONS & ~ROUNDING_AND_PRECISION
                | random.nextInt() & ROUNDING_AND_PRECISION | masks;
        int top = random.nextInt(8);
        state.x87Status = top << X87Bits.TOP_SHIFT | random.nextInt() & X87Bits.CONDITIONS;
        state.abridgedTag = ~(random.nextInt(8) == 0 ? random.nextInt(256) : 1 << (top + 7 & 7)) & 0xFF;
    }

    private static void operand(Encoding encoding, CpuState state, StateMaker maker, long value) {
        if (maker.inData(encoding, state)) {
            maker.setMemory(encoding, state, 0, value);
        }
    }

    private static void extendedOperand(Encoding encoding, CpuState state, StateMaker maker) {
        if (maker.inData(encoding, state)) {
            maker.extended().next(BIAS);
            maker.setMemory(encoding, state, 0, maker.extended().significand);
            maker.setMemory(encoding, state, 8, maker.extended().signExponent);
        }
    }

    /** FYL2XP1 promises nothing unless |x| is below 1 - sqrt(1/2). */
    private static void keepSmall(CpuState state) {
        int p = state.x87Status >> X87Bits.TOP_SHIFT & 7;
        int exponent = state.exponents[p] & EXPONENT;
        if (exponent > BIAS - 3 && exponent != EXPONENT) {
            state.exponents[p] = state.exponents[p] & 0x8000 | BIAS - 3 - (exponent & 63);
        }
    }
}
