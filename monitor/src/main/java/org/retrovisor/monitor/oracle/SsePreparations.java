package org.retrovisor.monitor.oracle;

import java.util.List;
import java.util.Random;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.oracle.Preparations.Preparation;

/** What the states of MMX and SSE instructions need. */
final class SsePreparations {
    private static final int RAX = 0;
    private static final int RDX = 2;
    private static final int RDI = 7;

    private static final List<String> OPERATIONS = List.of(
            "ADD", "SUB", "MUL", "DIV", "SQRT", "MIN", "MAX", "CMP", "COMI", "UCOMI", "HADD", "HSUB", "ADDSUB", "ROUND",
            "DP");
    private static final List<String> FROM_SINGLE = List.of(
            "CVTPS2PD", "CVTSS2SD", "CVTPS2DQ", "CVTTPS2DQ", "CVTPS2PI", "CVTTPS2PI", "CVTSS2SI", "CVTTSS2SI");
    private static final List<String> FROM_DOUBLE = List.of(
            "CVTPD2PS", "CVTSD2SS", "CVTPD2DQ", "CVTTPD2DQ", "CVTPD2PI", "CVTTPD2PI", "CVTSD2SI", "CVTTSD2SI");

    private SsePreparations() {}

    static void add(Preparations all) {
        for (String operation : OPERATIONS) {
            all.with(operation + "PS", floats(true)).with(operation + "SS", floats(true));
            all.with(operation + "PD", floats(false)).with(operation + "SD", floats(false));
        }
        for (String kind : List.of("MADD", "MSUB", "NMADD", "NMSUB", "MADDSUB", "MSUBADD")) {
            for (String order : List.of("132", "213", "231")) {
                String mnemonic = "VF" + kind + order;
                all.with(mnemonic + "PS", fused(order, true)).with(mnemonic + "SS", fused(order, true));
                all.with(mnemonic + "PD", fused(order, false)).with(mnemonic + "SD", fused(order, false));
            }
        }
        FROM_SINGLE.forEach(mnemonic -> all.with(mnemonic, floats(true)));
        FROM_DOUBLE.forEach(mnemonic -> all.with(mnemonic, floats(false)));
        all
                .with("VGATHERDPS", (e, s, maker) -> gather(e, s, maker, 32))
                .with("VGATHERDPD", (e, s, maker) -> gather(e, s, maker, 32))
                .with("VGATHERQPS", (e, s, maker) -> gather(e, s, maker, 64))
                .with("VGATHERQPD", (e, s, maker) -> gather(e, s, maker, 64))
                .with("VPGATHERDD", (e, s, maker) -> gather(e, s, maker, 32))
                .with("VPGATHERDQ", (e, s, maker) -> gather(e, s, maker, 32))
                .with("VPGATHERQD", (e, s, maker) -> gather(e, s, maker, 64))
                .with("VPGATHERQQ", (e, s, maker) -> gather(e, s, maker, 64))
                .with("MASKMOVDQU", SsePreparations::destinationInRdi)
                .with("MASKMOVQ", SsePreparations::destinationInRdi)
                .with("PCMPESTRM", SsePreparations::strings)
                .with("PCMPESTRI", SsePreparations::strings)
                .with("PCMPISTRM", SsePreparations::strings)
                .with("PCMPISTRI", SsePreparations::strings)
                .with("LDMXCSR", SsePreparations::legalMxcsr);
    }

    /** Indexes that lead to places near the base. */
    private static void gather(Encoding encoding, CpuState state, StateMaker maker, int bits) {
        int register = 2 * encoding.instruction().vectorIndex;
        for (int half = 0; half < 2; half++) {
            state.xmm[register + half] = indexes(maker.random(), bits);
            state.ymm[register + half] = indexes(maker.random(), bits);
        }
    }

    private static long indexes(Random random, int bits) {
        long low = random.nextInt(40) - 20;
        return bits == 64 ? low : low & 0xFFFF_FFFFL | (long) (random.nextInt(40) - 20) << 32;
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

    /** Two times in three, operands that go together; they stay random otherwise. */
    private static Preparation floats(boolean single) {
        return (encoding, state, maker) -> {
            Random random = maker.random();
            FloatOperands operands = new FloatOperands(random, single);
            Instruction i = encoding.instruction();
            switch (random.nextInt(3)) {
                case 0 -> between(operands, single, encoding, state, maker);
                case 1 -> {
                    for (int half = 0; half < 2; half++) {
                        state.xmm[2 * first(i) + half] = within(operands, single, half);
                        source(encoding, state, maker, half, within(operands, single, half));
                    }
                }
                default -> {}
            }
        };
    }

    /** Two times in three, an addend that nearly cancels the product. */
    private static Preparation fused(String order, boolean single) {
        return (encoding, state, maker) -> {
            if (maker.random().nextInt(3) == 0) {
                return;
            }
            FloatOperands operands = new FloatOperands(maker.random(), single);
            for (int half = 0; half < 2; half++) {
                long[] low = product(operands, maker.random(), single);
                long[] high = single ? product(operands, maker.random(), true) : new long[3];
                for (int n = 0; n < 3; n++) {
                    operand(order.charAt(n), encoding, state, maker, half, low[n] | high[n] << 32);
                }
            }
        };
    }

    /** Two factors and a number near their product, of either sign. */
    private static long[] product(FloatOperands operands, Random random, boolean single) {
        long a = operands.first();
        long b = operands.second();
        long c = single
                ? Float.floatToRawIntBits(Float.intBitsToFloat((int) a) * Float.intBitsToFloat((int) b))
                : Double.doubleToRawLongBits(Double.longBitsToDouble(a) * Double.longBitsToDouble(b));
        long sign = random.nextBoolean() ? single ? 1L << 31 : 1L << 63 : 0;
        long addend = (c ^ sign) + random.nextInt(5) - 2;
        return new long[]{a, b, single ? addend & 0xFFFF_FFFFL : addend};
    }

    /** Sets operand 1 (the destination), 2 (H) or 3 (the source). */
    private static void operand(
            char number, Encoding encoding, CpuState state, StateMaker maker, int half, long value) {
        Instruction i = encoding.instruction();
        switch (number) {
            case '1' -> state.xmm[2 * i.reg + half] = value;
            case '2' -> state.xmm[2 * i.vvvv + half] = value;
            default -> source(encoding, state, maker, half, value);
        }
    }

    /** Lanes of destination and source go together. */
    private static void between(
            FloatOperands operands, boolean single, Encoding encoding, CpuState state, StateMaker maker) {
        for (int half = 0; half < 2; half++) {
            long a = operands.first();
            long b = operands.second();
            if (single) {
                a |= operands.first() << 32;
                b |= operands.second() << 32;
            }
            source(encoding, state, maker, half, b);
            state.xmm[2 * first(encoding.instruction()) + half] = a;
        }
    }

    /** The register of the first operand that is read. */
    private static int first(Instruction i) {
        return i.row.vex() ? i.vvvv : i.reg;
    }

    /** Neighbours in one register go together. */
    private static long within(FloatOperands operands, boolean single, int half) {
        if (single) {
            return operands.first() | operands.second() << 32;
        }
        return half == 0 ? operands.first() : operands.second();
    }

    private static void source(Encoding encoding, CpuState state, StateMaker maker, int half, long value) {
        if (!encoding.instruction().memory) {
            state.xmm[2 * encoding.instruction().rm + half] = value;
        } else if (maker.inData(encoding, state)) {
            maker.setMemory(encoding, state, 8 * half, value);
        }
    }
}
