package org.retrovisor.monitor.interpreter.sse;

import java.util.function.LongUnaryOperator;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Lanes;
import org.retrovisor.monitor.sse.Shuffles;

/** Instructions that rearrange lanes of 128 bits: unpack, pack, shuffle, blend, align, widen. */
final class Permutations {
    /** The low bits of a source, widened to 128. */
    @FunctionalInterface
    private interface Widening {
        void apply(long[] x, int d, long source);
    }

    private Permutations() {}

    static void bind(SemanticsTable t) {
        unpack(t, "BW", Shuffles::unpackLowBytes, Shuffles::unpackHighBytes);
        unpack(t, "WD", Shuffles::unpackLowWords, Shuffles::unpackHighWords);
        unpack(t, "DQ", Shuffles::unpackLowDoubles, Shuffles::unpackHighDoubles);
        unpackQuadwords(t);
        packs(t);
        shuffles(t);
        blends(t);
        widenings(t);
    }

    private static void unpack(SemanticsTable t, String lanes, Forms.Lane first, Forms.Lane second) {
        Forms.Wide low = (x, d, sourceLow, sourceHigh) -> {
            long a = x[d];
            x[d] = first.apply(a, sourceLow);
            x[d + 1] = second.apply(a, sourceLow);
        };
        Forms.Wide high = (x, d, sourceLow, sourceHigh) -> {
            long a = x[d + 1];
            x[d] = first.apply(a, sourceHigh);
            x[d + 1] = second.apply(a, sourceHigh);
        };
        Forms.wide(t, "PUNPCKL" + lanes + "_Vx_Wx", low);
        Forms.wide(t, "PUNPCKH" + lanes + "_Vx_Wx", high);
        if (lanes.equals("DQ")) {
            Forms.wide(t, "UNPCKLPS_Vps_Wps", low);
            Forms.wide(t, "UNPCKHPS_Vps_Wps", high);
        }
    }

    private static void unpackQuadwords(SemanticsTable t) {
        for (String name : new String[]{"PUNPCKLQDQ_Vx_Wx", "UNPCKLPD_Vpd_Wpd"}) {
            Forms.wide(t, name, (x, d, low, high) -> x[d + 1] = low);
        }
        for (String name : new String[]{"PUNPCKHQDQ_Vx_Wx", "UNPCKHPD_Vpd_Wpd"}) {
            Forms.wide(t, name, (x, d, low, high) -> {
                x[d] = x[d + 1];
                x[d + 1] = high;
            });
        }
    }

    private static void packs(SemanticsTable t) {
        packBoth(t, "PACKSSWB", Shuffles::packWordsSigned);
        packBoth(t, "PACKUSWB", Shuffles::packWordsUnsigned);
        packBoth(t, "PACKSSDW", Shuffles::packDoublesSigned);
        pack(t, "PACKUSDW_Vx_Wx", Shuffles::packDoublesUnsigned);
    }

    private static void pack(SemanticsTable t, String name, LongUnaryOperator halve) {
        Forms.wide(t, name, (x, d, low, high) -> {
            x[d] = halve.applyAsLong(x[d]) | halve.applyAsLong(x[d + 1]) << 32;
            x[d + 1] = halve.applyAsLong(low) | halve.applyAsLong(high) << 32;
        });
    }

    private static void packBoth(SemanticsTable t, String mnemonic, LongUnaryOperator halve) {
        pack(t, mnemonic + "_Vx_Wx", halve);
        MmxForms.lanes(t, mnemonic, (a, b) -> halve.applyAsLong(a) | halve.applyAsLong(b) << 32);
    }

    private static void shuffles(SemanticsTable t) {
        Forms.wideImmediate(t, "PSHUFD_Vx_Wx_Ib", (x, d, low, high, order) -> {
            x[d] = Shuffles.shuffleDoubles(low, high, order);
            x[d + 1] = Shuffles.shuffleDoubles(low, high, order >> 4);
        });
        Forms.wideImmediate(t, "PSHUFLW_Vx_Wx_Ib", (x, d, low, high, order) -> {
            x[d] = Shuffles.shuffleWords(low, order);
            x[d + 1] = high;
        });
        Forms.wideImmediate(t, "PSHUFHW_Vx_Wx_Ib", (x, d, low, high, order) -> {
            x[d] = low;
            x[d + 1] = Shuffles.shuffleWords(high, order);
        });
        Forms.wideImmediate(t, "SHUFPS_Vps_Wps_Ib", (x, d, low, high, order) -> {
            x[d] = Shuffles.shuffleDoubles(x[d], x[d + 1], order);
            x[d + 1] = Shuffles.shuffleDoubles(low, high, order >> 4);
        });
        Forms.wideImmediate(t, "SHUFPD_Vpd_Wpd_Ib", (x, d, low, high, order) -> {
            x[d] = (order & 1) == 0 ? x[d] : x[d + 1];
            x[d + 1] = (order & 2) == 0 ? low : high;
        });
        Forms.wide(t, "PSHUFB_Vx_Wx", (x, d, low, high) -> {
            long a = x[d];
            long b = x[d + 1];
            x[d] = Shuffles.shuffleBytes(a, b, low, 15);
            x[d + 1] = Shuffles.shuffleBytes(a, b, high, 15);
        });
        Forms.wideImmediate(t, "PALIGNR_Vx_Wx_Ib", Permutations::align);
    }

    /** The 16 bytes from {@code bytes} on of the destination's 16 above the source's 16. */
    private static void align(long[] x, int d, long low, long high, int bytes) {
        long third = x[d];
        long fourth = x[d + 1];
        int part = bytes & 7;
        switch (bytes >> 3) {
            case 0 -> set(x, d, Shuffles.extract(low, high, part), Shuffles.extract(high, third, part));
            case 1 -> set(x, d, Shuffles.extract(high, third, part), Shuffles.extract(third, fourth, part));
            case 2 -> set(x, d, Shuffles.extract(third, fourth, part), Shuffles.extract(fourth, 0, part));
            case 3 -> set(x, d, Shuffles.extract(fourth, 0, part), 0);
            default -> set(x, d, 0, 0);
        }
    }

    private static void set(long[] x, int d, long low, long high) {
        x[d] = low;
        x[d + 1] = high;
    }

    private static void blends(SemanticsTable t) {
        blend(t, "PBLENDW_Vx_Wx_Ib", 16);
        blend(t, "BLENDPS_Vps_Wps_Ib", 32);
        blend(t, "BLENDPD_Vpd_Wpd_Ib", 64);
        blendByRegister(t, "PBLENDVB_Vx_Wx_XMM0", mask -> Lanes.signs(mask, Lanes.BYTES));
        blendByRegister(t, "BLENDVPS_Vx_Wx_XMM0", mask -> Lanes.signs(mask, Lanes.DOUBLES));
        blendByRegister(t, "BLENDVPD_Vx_Wx_XMM0", mask -> mask >> 63);
    }

    private static void blend(SemanticsTable t, String name, int width) {
        int lanes = 64 / width;
        Forms.wideImmediate(t, name, (x, d, low, high, selection) -> {
            x[d] = choose(Shuffles.lanesOf(selection, width), low, x[d]);
            x[d + 1] = choose(Shuffles.lanesOf(selection >> lanes, width), high, x[d + 1]);
        });
    }

    private static void blendByRegister(SemanticsTable t, String name, LongUnaryOperator spread) {
        Forms.wide(t, name, (x, d, low, high) -> {
            long maskLow = spread.applyAsLong(x[0]);
            long maskHigh = spread.applyAsLong(x[1]);
            x[d] = choose(maskLow, low, x[d]);
            x[d + 1] = choose(maskHigh, high, x[d + 1]);
        });
    }

    private static long choose(long mask, long yes, long no) {
        return no ^ mask & (yes ^ no);
    }

    private static void widenings(SemanticsTable t) {
        widen(t, "PMOVZXBW_Vx_Wq", 8, 32, Shuffles::zeroExtendBytesToWords);
        widen(t, "PMOVZXBD_Vx_Wd", 4, 16, Shuffles::zeroExtendBytesToDoubles);
        widen(t, "PMOVZXBQ_Vx_Ww", 2, 8, a -> a & 0xFF);
        widen(t, "PMOVZXWD_Vx_Wq", 8, 32, Shuffles::zeroExtendWordsToDoubles);
        widen(t, "PMOVZXWQ_Vx_Wd", 4, 16, a -> a & 0xFFFF);
        widen(t, "PMOVZXDQ_Vx_Wq", 8, 32, a -> a & 0xFFFF_FFFFL);
        widen(t, "PMOVSXBW_Vx_Wq", 8, 32, Shuffles::signExtendBytesToWords);
        widen(t, "PMOVSXBD_Vx_Wd", 4, 16, Shuffles::signExtendBytesToDoubles);
        widen(t, "PMOVSXBQ_Vx_Ww", 2, 8, a -> (byte) a);
        widen(t, "PMOVSXWD_Vx_Wq", 8, 32, Shuffles::signExtendWordsToDoubles);
        widen(t, "PMOVSXWQ_Vx_Wd", 4, 16, a -> (short) a);
        widen(t, "PMOVSXDQ_Vx_Wq", 8, 32, a -> (int) a);
    }

    /** {@code bytes} of source, of which {@code half} bits make the low result and the next ones the high. */
    private static void widen(SemanticsTable t, String name, int bytes, int half, LongUnaryOperator extend) {
        Widening widening = (x, d, source) -> {
            x[d] = extend.applyAsLong(source);
            x[d + 1] = extend.applyAsLong(source >>> half);
        };
        t.bind(name, (cpu, i) -> widen(cpu, i, bytes, widening));
    }

    private static void widen(Processor cpu, Instruction i, int bytes, Widening widening) {
        cpu.requireSse();
        long source = i.memory ? cpu.mmu.load(cpu.linear(i), bytes) : cpu.xmm[2 * i.rm];
        widening.apply(cpu.xmm, 2 * i.reg, source);
    }
}
