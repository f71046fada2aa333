package org.retrovisor.monitor.oracle;

import java.util.Random;
import org.retrovisor.monitor.isa.Instruction;

/** What the states of MMX and SSE instructions need. */
final class SsePreparations {
    private static final int RAX = 0;
    private static final int RDX = 2;
    private static final int RDI = 7;

    private SsePreparations() {}

    static Preparations all() {
        return new Preparations()
                .with("MASKMOVDQU", SsePreparations::destinationInRdi)
                .with("MASKMOVQ", SsePreparations::destinationInRdi)
                .with("PCMPESTRM", SsePreparations::strings)
                .with("PCMPESTRI", SsePreparations::strings)
                .with("PCMPISTRM", SsePreparations::strings)
                .with("PCMPISTRI", SsePreparations::strings)
                .with("LDMXCSR", SsePreparations::legalMxcsr);
    }

    private static void destinationInRdi(Encoding encoding, CpuState state, StateMaker maker) {
        state.gpr[RDI] = StateMaker.operandAddress(maker.pages(), maker.random());
    }

    /** All exceptions masked: the stub's own instructions must not trap. */
    private static void legalMxcsr(Encoding encoding, CpuState state, StateMaker maker) {
        if (maker.inData(encoding, state)) {
            maker.setMemory(encoding, state, 0, maker.random().nextInt() & 0xFFFF | 0x1F80);
        }
    }

    /** Few different characters, so that they match; lengths that end inside the register, most of the time. */
    private static void strings(Encoding encoding, CpuState state, StateMaker maker) {
        for (int half = 0; half < state.xmm.length; half++) {
            state.xmm[half] = characters(maker.random());
        }
        if (maker.inData(encoding, state)) {
            maker.setMemory(encoding, state, 0, characters(maker.random()));
            maker.setMemory(encoding, state, 8, characters(maker.random()));
        }
        Instruction i = encoding.instruction();
        for (int register : new int[]{RAX, RDX}) {
            boolean address = i.memory && (i.base == register || i.index == register);
            if (!address && maker.random().nextInt(4) != 0) {
                state.gpr[register] = maker.random().nextInt(39) - 19;
            }
        }
    }

    private static long characters(Random random) {
        long result = 0;
        int kinds = 1 + random.nextInt(4);
        for (int at = 0; at < 8; at++) {
            int character = random.nextInt(12) == 0 ? 0 : 0x7E + random.nextInt(kinds);
            result = result << 8 | character;
        }
        return random.nextInt(3) == 0 ? result & 0x00FF_00FF_00FF_00FFL : result;
    }
}
