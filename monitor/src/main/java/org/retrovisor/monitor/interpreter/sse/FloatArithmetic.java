package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Approximations;
import org.retrovisor.monitor.sse.FastDouble;
import org.retrovisor.monitor.sse.FastSingle;
import org.retrovisor.monitor.sse.FloatUnit;

import static org.retrovisor.monitor.interpreter.sse.FloatForms.LOW;
import static org.retrovisor.monitor.interpreter.sse.FloatForms.commit;

/** ADD to DPPD: everything that rounds, except conversions. */
final class FloatArithmetic {
    private FloatArithmetic() {}

    static void bind(SemanticsTable t) {
        hotScalars(t);
        basic(t);
        horizontal(t);
        dotProducts(t);
        FloatForms.binaryImmediate(
                t,
                "ROUND",
                (unit, mxcsr, a, b, n) -> FastSingle.toIntegral(unit, mxcsr, b, n),
                (unit, mxcsr, a, b, n) -> FastDouble.toIntegral(unit, mxcsr, b, n));
    }

    /** The scalars that compiled code is full of, without the call into an operation. */
    private static void hotScalars(SemanticsTable t) {
        t.bindForms("ADDSD_Vsd_Wsd", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            long result = FastDouble.add(cpu.floats, cpu.mxcsr, x[2 * i.reg], x[2 * i.rm]);
            set(cpu, 2 * i.reg, result);
        }, (cpu, i) -> {
            cpu.requireSse();
            long source = cpu.mmu.load64(cpu.linear(i));
            set(cpu, 2 * i.reg, FastDouble.add(cpu.floats, cpu.mxcsr, cpu.xmm[2 * i.reg], source));
        });
        t.bindForms("SUBSD_Vsd_Wsd", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            set(cpu, 2 * i.reg, FastDouble.subtract(cpu.floats, cpu.mxcsr, x[2 * i.reg], x[2 * i.rm]));
        }, (cpu, i) -> {
            cpu.requireSse();
            long source = cpu.mmu.load64(cpu.linear(i));
            set(cpu, 2 * i.reg, FastDouble.subtract(cpu.floats, cpu.mxcsr, cpu.xmm[2 * i.reg], source));
        });
        t.bindForms("MULSD_Vsd_Wsd", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            set(cpu, 2 * i.reg, FastDouble.multiply(cpu.floats, cpu.mxcsr, x[2 * i.reg], x[2 * i.rm]));
        }, (cpu, i) -> {
            cpu.requireSse();
            long source = cpu.mmu.load64(cpu.linear(i));
            set(cpu, 2 * i.reg, FastDouble.multiply(cpu.floats, cpu.mxcsr, cpu.xmm[2 * i.reg], source));
        });
        hotPacked(t);
    }

    private static void hotPacked(SemanticsTable t) {
        t.bindForms("ADDPD_Vpd_Wpd", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            addDoubles(cpu, 2 * i.reg, x[2 * i.rm], x[2 * i.rm + 1]);
        }, (cpu, i) -> {
            cpu.requireSse();
            long linear = Forms.aligned(cpu, i);
            long low = cpu.mmu.load64(linear);
            addDoubles(cpu, 2 * i.reg, low, cpu.mmu.load64(linear + 8));
        });
        t.bindForms("MULPD_Vpd_Wpd", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            multiplyDoubles(cpu, 2 * i.reg, x[2 * i.rm], x[2 * i.rm + 1]);
        }, (cpu, i) -> {
            cpu.requireSse();
            long linear = Forms.aligned(cpu, i);
            long low = cpu.mmu.load64(linear);
            multiplyDoubles(cpu, 2 * i.reg, low, cpu.mmu.load64(linear + 8));
        });
    }

    private static void addDoubles(Processor cpu, int d, long low, long high) {
        long first = FastDouble.add(cpu.floats, cpu.mxcsr, cpu.xmm[d], low);
        commit(cpu, d, first, FastDouble.add(cpu.floats, cpu.mxcsr, cpu.xmm[d + 1], high));
    }

    private static void multiplyDoubles(Processor cpu, int d, long low, long high) {
        long first = FastDouble.multiply(cpu.floats, cpu.mxcsr, cpu.xmm[d], low);
        commit(cpu, d, first, FastDouble.multiply(cpu.floats, cpu.mxcsr, cpu.xmm[d + 1], high));
    }

    private static void set(Processor cpu, int d, long result) {
        cpu.settleFloatFlags();
        cpu.xmm[d] = result;
    }

    private static void basic(SemanticsTable t) {
        FloatForms.packedSingle(t, "ADDPS_Vps_Wps", FastSingle::add);
        single(t, "ADDSS_Vss_Wss", FastSingle::add);
        FloatForms.packedSingle(t, "SUBPS_Vps_Wps", FastSingle::subtract);
        single(t, "SUBSS_Vss_Wss", FastSingle::subtract);
        FloatForms.packedDouble(t, "SUBPD_Vpd_Wpd", FastDouble::subtract);
        FloatForms.packedSingle(t, "MULPS_Vps_Wps", FastSingle::multiply);
        single(t, "MULSS_Vss_Wss", FastSingle::multiply);
        FloatForms.binary(t, "DIV", FastSingle::divide, FastDouble::divide);
        FloatForms.binary(t, "MIN", FastSingle::minimum, FastDouble::minimum);
        FloatForms.binary(t, "MAX", FastSingle::maximum, FastDouble::maximum);
        FloatForms.unarySingle(t, "SQRT", FastSingle::squareRoot);
        FloatForms.unaryDouble(t, "SQRT", FastDouble::squareRoot);
        FloatForms.unarySingle(t, "RCP", (unit, mxcsr, a) -> Approximations.reciprocal(a));
        FloatForms.unarySingle(t, "RSQRT", (unit, mxcsr, a) -> Approximations.reciprocalRoot(a));
    }

    private static void single(SemanticsTable t, String name, FloatForms.Binary op) {
        FloatForms.word(t, name, (cpu, d, low, high, n) -> FloatForms.scalarSingle(cpu, d, low, op));
    }

    // ---------------------------------------------------------------- neighbours

    private static void horizontal(SemanticsTable t) {
        horizontal(t, "HADD", FastSingle::add, FastDouble::add);
        horizontal(t, "HSUB", FastSingle::subtract, FastDouble::subtract);
        FloatForms.packed(t, "ADDSUBPD_Vpd_Wpd", (cpu, d, low, high, n) -> {
            FloatUnit unit = cpu.floats;
            long first = FastDouble.subtract(unit, cpu.mxcsr, cpu.xmm[d], low);
            commit(cpu, d, first, FastDouble.add(unit, cpu.mxcsr, cpu.xmm[d + 1], high));
        });
        FloatForms.packed(t, "ADDSUBPS_Vps_Wps", (cpu, d, low, high, n) -> {
            long first = subtractThenAdd(cpu, cpu.xmm[d], low);
            commit(cpu, d, first, subtractThenAdd(cpu, cpu.xmm[d + 1], high));
        });
    }

    private static void horizontal(SemanticsTable t, String mnemonic, FloatForms.Binary single,
            FloatForms.Binary real) {
        FloatForms.packed(t, mnemonic + "PD_Vpd_Wpd", (cpu, d, low, high, n) -> {
            long first = real.apply(cpu.floats, cpu.mxcsr, cpu.xmm[d], cpu.xmm[d + 1]);
            commit(cpu, d, first, real.apply(cpu.floats, cpu.mxcsr, low, high));
        });
        FloatForms.packed(t, mnemonic + "PS_Vps_Wps", (cpu, d, low, high, n) -> {
            long first = within(cpu, single, cpu.xmm[d]) | within(cpu, single, cpu.xmm[d + 1]) << 32;
            commit(cpu, d, first, within(cpu, single, low) | within(cpu, single, high) << 32);
        });
    }

    private static long within(Processor cpu, FloatForms.Binary op, long pair) {
        return op.apply(cpu.floats, cpu.mxcsr, pair & LOW, pair >>> 32);
    }

    private static long subtractThenAdd(Processor cpu, long a, long b) {
        long low = FastSingle.subtract(cpu.floats, cpu.mxcsr, a & LOW, b & LOW);
        return low | FastSingle.add(cpu.floats, cpu.mxcsr, a >>> 32, b >>> 32) << 32;
    }

    // ---------------------------------------------------------------- dot products

    /** SDM volume 2, DPPS: exceptions are determined separately for each multiplication and addition; of all lanes together, seen on AMD. */
    private static void dotProducts(SemanticsTable t) {
        FloatForms.packed(t, "DPPS_Vps_Wps_Ib", (cpu, d, low, high, n) -> {
            long[] x = cpu.xmm;
            long lower = products(cpu, x[d], low, n >> 4);
            long upper = products(cpu, x[d + 1], high, n >> 6);
            endStep(cpu, 1);
            lower = addPair(cpu, lower);
            upper = addPair(cpu, upper);
            endStep(cpu, 2);
            long sum = FastSingle.add(cpu.floats, cpu.mxcsr, lower, upper);
            endStep(cpu, 3);
            commit(cpu, d, spread(sum, n), spread(sum, n >> 2));
        });
        FloatForms.packed(t, "DPPD_Vpd_Wpd_Ib", (cpu, d, low, high, n) -> {
            FloatUnit unit = cpu.floats;
            long first = (n & 0x10) != 0 ? FastDouble.multiply(unit, cpu.mxcsr, cpu.xmm[d], low) : 0;
            long second = (n & 0x20) != 0 ? FastDouble.multiply(unit, cpu.mxcsr, cpu.xmm[d + 1], high) : 0;
            endStep(cpu, 1);
            long sum = FastDouble.add(unit, cpu.mxcsr, first, second);
            endStep(cpu, 2);
            commit(cpu, d, (n & 1) != 0 ? sum : 0, (n & 2) != 0 ? sum : 0);
        });
    }

    private static void endStep(Processor cpu, int number) {
        if (cpu.has(ModelChange.DOT_PRODUCTS_STEP_BY_STEP)) {
            cpu.floats.endStep(number);
        }
    }

    /** The products of the lanes that the low two bits of {@code selection} choose, 0 in the others. */
    private static long products(Processor cpu, long a, long b, int selection) {
        long low = (selection & 1) != 0 ? FastSingle.multiply(cpu.floats, cpu.mxcsr, a & LOW, b & LOW) : 0;
        long high = (selection & 2) != 0 ? FastSingle.multiply(cpu.floats, cpu.mxcsr, a >>> 32, b >>> 32) : 0;
        return low | high << 32;
    }

    private static long addPair(Processor cpu, long pair) {
        return FastSingle.add(cpu.floats, cpu.mxcsr, pair & LOW, pair >>> 32);
    }

    private static long spread(long value, int selection) {
        return ((selection & 1) != 0 ? value : 0) | ((selection & 2) != 0 ? value << 32 : 0);
    }
}
