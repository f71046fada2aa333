package org.retrovisor.monitor.interpreter.sse;

import java.util.function.LongUnaryOperator;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.sse.Lanes;
import org.retrovisor.monitor.sse.PositionSearches;
import org.retrovisor.monitor.sse.Products;

import static org.retrovisor.monitor.sse.Lanes.BYTES;
import static org.retrovisor.monitor.sse.Lanes.DOUBLES;
import static org.retrovisor.monitor.sse.Lanes.WORDS;

/** Packed integer arithmetic and comparison. */
final class PackedIntegers {
    private PackedIntegers() {}

    static void bind(SemanticsTable t) {
        hot(t);
        sums(t);
        saturatedSums(t);
        comparisons(t);
        extremes(t);
        products(t);
        pairs(t);
        signs(t);
        Forms.wide(t, "PHMINPOSUW_Vx_Wx", PositionSearches::minimumPosition);
        Forms.wideImmediate(t, "MPSADBW_Vx_Wx_Ib", PositionSearches::multipleSums);
    }

    /** What string functions spend their time in, without the call into an operation. */
    private static void hot(SemanticsTable t) {
        t.bindForms("PCMPEQB_Vx_Wx", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            int s = 2 * i.rm;
            x[d] = Lanes.equal(x[d], x[s], BYTES);
            x[d + 1] = Lanes.equal(x[d + 1], x[s + 1], BYTES);
        }, (cpu, i) -> {
            cpu.requireSse();
            long linear = Forms.aligned(cpu, i);
            long low = cpu.mmu.load64(linear);
            long high = cpu.mmu.load64(linear + 8);
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            x[d] = Lanes.equal(x[d], low, BYTES);
            x[d + 1] = Lanes.equal(x[d + 1], high, BYTES);
        });
        t.bindForms("PMINUB_Vx_Wx", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            int s = 2 * i.rm;
            x[d] = Lanes.minimumUnsigned(x[d], x[s], BYTES);
            x[d + 1] = Lanes.minimumUnsigned(x[d + 1], x[s + 1], BYTES);
        }, (cpu, i) -> {
            cpu.requireSse();
            long linear = Forms.aligned(cpu, i);
            long low = cpu.mmu.load64(linear);
            long high = cpu.mmu.load64(linear + 8);
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            x[d] = Lanes.minimumUnsigned(x[d], low, BYTES);
            x[d + 1] = Lanes.minimumUnsigned(x[d + 1], high, BYTES);
        });
        t.bindForms("PADDD_Vx_Wx", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            int s = 2 * i.rm;
            x[d] = Lanes.add(x[d], x[s], DOUBLES);
            x[d + 1] = Lanes.add(x[d + 1], x[s + 1], DOUBLES);
        }, memory((a, b) -> Lanes.add(a, b, DOUBLES)));
        t.bindForms("PADDQ_Vx_Wx", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            int s = 2 * i.rm;
            x[d] += x[s];
            x[d + 1] += x[s + 1];
        }, memory(Long::sum));
        t.bindForms("PSUBB_Vx_Wx", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            int s = 2 * i.rm;
            x[d] = Lanes.subtract(x[d], x[s], BYTES);
            x[d + 1] = Lanes.subtract(x[d + 1], x[s + 1], BYTES);
        }, memory((a, b) -> Lanes.subtract(a, b, BYTES)));
    }

    private static Semantics memory(Forms.Lane operation) {
        return (cpu, i) -> {
            cpu.requireSse();
            long linear = Forms.aligned(cpu, i);
            long low = cpu.mmu.load64(linear);
            long high = cpu.mmu.load64(linear + 8);
            long[] x = cpu.xmm;
            int d = 2 * i.reg;
            x[d] = operation.apply(x[d], low);
            x[d + 1] = operation.apply(x[d + 1], high);
        };
    }

    private static void sums(SemanticsTable t) {
        MmxForms.both(t, "PADDB", (a, b) -> Lanes.add(a, b, BYTES));
        MmxForms.both(t, "PADDW", (a, b) -> Lanes.add(a, b, WORDS));
        MmxForms.both(t, "PSUBW", (a, b) -> Lanes.subtract(a, b, WORDS));
        MmxForms.both(t, "PSUBD", (a, b) -> Lanes.subtract(a, b, DOUBLES));
        MmxForms.both(t, "PSUBQ", (a, b) -> a - b);
        MmxForms.both(t, "PAVGB", (a, b) -> Lanes.average(a, b, BYTES));
        MmxForms.both(t, "PAVGW", (a, b) -> Lanes.average(a, b, WORDS));
    }

    private static void saturatedSums(SemanticsTable t) {
        MmxForms.both(t, "PADDUSB", (a, b) -> Lanes.addUnsignedSaturated(a, b, BYTES));
        MmxForms.both(t, "PADDUSW", (a, b) -> Lanes.addUnsignedSaturated(a, b, WORDS));
        MmxForms.both(t, "PSUBUSB", (a, b) -> Lanes.subtractUnsignedSaturated(a, b, BYTES));
        MmxForms.both(t, "PSUBUSW", (a, b) -> Lanes.subtractUnsignedSaturated(a, b, WORDS));
        MmxForms.both(t, "PADDSB", (a, b) -> Lanes.addSignedSaturated(a, b, BYTES));
        MmxForms.both(t, "PADDSW", (a, b) -> Lanes.addSignedSaturated(a, b, WORDS));
        MmxForms.both(t, "PSUBSB", (a, b) -> Lanes.subtractSignedSaturated(a, b, BYTES));
        MmxForms.both(t, "PSUBSW", (a, b) -> Lanes.subtractSignedSaturated(a, b, WORDS));
    }

    private static void comparisons(SemanticsTable t) {
        MmxForms.both(t, "PCMPEQW", (a, b) -> Lanes.equal(a, b, WORDS));
        MmxForms.both(t, "PCMPEQD", (a, b) -> Lanes.equal(a, b, DOUBLES));
        Forms.lanes(t, "PCMPEQQ", (a, b) -> a == b ? -1 : 0);
        MmxForms.both(t, "PCMPGTB", (a, b) -> Lanes.greater(a, b, BYTES));
        MmxForms.both(t, "PCMPGTW", (a, b) -> Lanes.greater(a, b, WORDS));
        MmxForms.both(t, "PCMPGTD", (a, b) -> Lanes.greater(a, b, DOUBLES));
        Forms.lanes(t, "PCMPGTQ", (a, b) -> a > b ? -1 : 0);
    }

    private static void extremes(SemanticsTable t) {
        MmxForms.both(t, "PMAXUB", (a, b) -> Lanes.maximumUnsigned(a, b, BYTES));
        Forms.lanes(t, "PMINUW", (a, b) -> Lanes.minimumUnsigned(a, b, WORDS));
        Forms.lanes(t, "PMAXUW", (a, b) -> Lanes.maximumUnsigned(a, b, WORDS));
        Forms.lanes(t, "PMINUD", (a, b) -> Lanes.minimumUnsigned(a, b, DOUBLES));
        Forms.lanes(t, "PMAXUD", (a, b) -> Lanes.maximumUnsigned(a, b, DOUBLES));
        Forms.lanes(t, "PMINSB", (a, b) -> Lanes.minimumSigned(a, b, BYTES));
        Forms.lanes(t, "PMAXSB", (a, b) -> Lanes.maximumSigned(a, b, BYTES));
        MmxForms.both(t, "PMINSW", (a, b) -> Lanes.minimumSigned(a, b, WORDS));
        MmxForms.both(t, "PMAXSW", (a, b) -> Lanes.maximumSigned(a, b, WORDS));
        Forms.lanes(t, "PMINSD", (a, b) -> Lanes.minimumSigned(a, b, DOUBLES));
        Forms.lanes(t, "PMAXSD", (a, b) -> Lanes.maximumSigned(a, b, DOUBLES));
    }

    private static void products(SemanticsTable t) {
        MmxForms.both(t, "PMULLW", Products::multiplyLowWords);
        MmxForms.both(t, "PMULHW", Products::multiplyHighWords);
        MmxForms.both(t, "PMULHUW", Products::multiplyHighUnsignedWords);
        MmxForms.both(t, "PMULHRSW", Products::multiplyHighRoundedWords);
        Forms.lanes(t, "PMULLD", Products::multiplyLowDoubles);
        MmxForms.both(t, "PMULUDQ", Products::multiplyUnsignedDoubles);
        Forms.lanes(t, "PMULDQ", Products::multiplySignedDoubles);
        MmxForms.both(t, "PMADDWD", Products::multiplyAddWords);
        MmxForms.both(t, "PMADDUBSW", Products::multiplyAddBytes);
        MmxForms.both(t, "PSADBW", Products::sumAbsoluteDifferences);
    }

    private static void pairs(SemanticsTable t) {
        pair(t, "PHADDW", Products::addPairsOfWords);
        pair(t, "PHADDSW", Products::addPairsOfWordsSaturated);
        pair(t, "PHADDD", Products::addPairOfDoubles);
        pair(t, "PHSUBW", Products::subtractPairsOfWords);
        pair(t, "PHSUBSW", Products::subtractPairsOfWordsSaturated);
        pair(t, "PHSUBD", Products::subtractPairOfDoubles);
    }

    /** The destination's pairs become the low half, the source's the high half. */
    private static void pair(SemanticsTable t, String mnemonic, LongUnaryOperator halve) {
        Forms.wide(t, mnemonic + "_Vx_Wx", (x, d, low, high) -> {
            x[d] = halve.applyAsLong(x[d]) | halve.applyAsLong(x[d + 1]) << 32;
            x[d + 1] = halve.applyAsLong(low) | halve.applyAsLong(high) << 32;
        });
        MmxForms.lanes(t, mnemonic, (a, b) -> halve.applyAsLong(a) | halve.applyAsLong(b) << 32);
    }

    private static void signs(SemanticsTable t) {
        MmxForms.both(t, "PSIGNB", (a, b) -> Lanes.sign(a, b, BYTES));
        MmxForms.both(t, "PSIGNW", (a, b) -> Lanes.sign(a, b, WORDS));
        MmxForms.both(t, "PSIGND", (a, b) -> Lanes.sign(a, b, DOUBLES));
        MmxForms.both(t, "PABSB", (a, b) -> Lanes.absolute(b, BYTES));
        MmxForms.both(t, "PABSW", (a, b) -> Lanes.absolute(b, WORDS));
        MmxForms.both(t, "PABSD", (a, b) -> Lanes.absolute(b, DOUBLES));
    }
}
