package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.FastDouble;
import org.retrovisor.monitor.sse.FastSingle;
import org.retrovisor.monitor.sse.FloatUnit;

import static org.retrovisor.monitor.interpreter.sse.FloatForms.LOW;
import static org.retrovisor.monitor.interpreter.sse.FloatForms.commit;

/** CVT instructions on XMM and general registers. */
final class FloatConversions {
    private FloatConversions() {}

    static void bind(SemanticsTable t) {
        betweenFormats(t);
        fromPackedIntegers(t);
        toPackedIntegers(t);
        fromGeneralRegisters(t);
        toGeneralRegisters(t, "CVTSD2SI_Gy_Wsd", "CVTSS2SI_Gy_Wss", false);
        toGeneralRegisters(t, "CVTTSD2SI_Gy_Wsd", "CVTTSS2SI_Gy_Wss", true);
    }

    private static void betweenFormats(SemanticsTable t) {
        FloatForms.doubleword(t, "CVTPS2PD_Vpd_Wq", (cpu, d, low, high, n) -> {
            long first = FastSingle.toDouble(cpu.floats, cpu.mxcsr, low & LOW);
            commit(cpu, d, first, FastSingle.toDouble(cpu.floats, cpu.mxcsr, low >>> 32));
        });
        FloatForms.packed(t, "CVTPD2PS_Vdq_Wpd", (cpu, d, low, high, n) -> {
            long first = FastDouble.toSingle(cpu.floats, cpu.mxcsr, low);
            commit(cpu, d, first | FastDouble.toSingle(cpu.floats, cpu.mxcsr, high) << 32, 0);
        });
        FloatForms.word(t, "CVTSS2SD_Vsd_Wss", (cpu, d, low, high, n) -> {
            long result = FastSingle.toDouble(cpu.floats, cpu.mxcsr, low);
            commit(cpu, d, result, cpu.xmm[d + 1]);
        });
        FloatForms.doubleword(t, "CVTSD2SS_Vss_Wsd", (cpu, d, low, high, n) -> {
            long result = FastDouble.toSingle(cpu.floats, cpu.mxcsr, low);
            commit(cpu, d, cpu.xmm[d] & ~LOW | result, cpu.xmm[d + 1]);
        });
    }

    private static void fromPackedIntegers(SemanticsTable t) {
        FloatForms.packed(t, "CVTDQ2PS_Vps_Wx", (cpu, d, low, high, n) -> {
            long first = singles(cpu, low);
            commit(cpu, d, first, singles(cpu, high));
        });
        FloatForms.doubleword(t, "CVTDQ2PD_Vpd_Wq", (cpu, d, low, high, n) -> {
            long first = FastDouble.fromInteger(cpu.floats, cpu.mxcsr, (int) low);
            commit(cpu, d, first, FastDouble.fromInteger(cpu.floats, cpu.mxcsr, low >> 32));
        });
    }

    /** Two signed doublewords as two singles. */
    static long singles(Processor cpu, long pair) {
        long low = FastSingle.fromInteger(cpu.floats, cpu.mxcsr, (int) pair);
        return low | FastSingle.fromInteger(cpu.floats, cpu.mxcsr, pair >> 32) << 32;
    }

    /** Two singles as two signed doublewords. */
    static long integersFromSingles(Processor cpu, long pair, boolean truncate) {
        long low = FastSingle.toInteger32(cpu.floats, cpu.mxcsr, pair & LOW, truncate) & LOW;
        return low | FastSingle.toInteger32(cpu.floats, cpu.mxcsr, pair >>> 32, truncate) << 32;
    }

    /** Two doubles as two signed doublewords. */
    static long integersFromDoubles(Processor cpu, long first, long second, boolean truncate) {
        long low = FastDouble.toInteger32(cpu.floats, cpu.mxcsr, first, truncate) & LOW;
        return low | FastDouble.toInteger32(cpu.floats, cpu.mxcsr, second, truncate) << 32;
    }

    private static void toPackedIntegers(SemanticsTable t) {
        singlesToIntegers(t, "CVTPS2DQ_Vx_Wps", false);
        singlesToIntegers(t, "CVTTPS2DQ_Vx_Wps", true);
        doublesToIntegers(t, "CVTPD2DQ_Vdq_Wpd", false);
        doublesToIntegers(t, "CVTTPD2DQ_Vdq_Wpd", true);
    }

    private static void singlesToIntegers(SemanticsTable t, String name, boolean truncate) {
        FloatForms.packed(t, name, (cpu, d, low, high, n) -> {
            long first = integersFromSingles(cpu, low, truncate);
            commit(cpu, d, first, integersFromSingles(cpu, high, truncate));
        });
    }

    private static void doublesToIntegers(SemanticsTable t, String name, boolean truncate) {
        FloatForms.packed(
                t, name, (cpu, d, low, high, n) -> commit(cpu, d, integersFromDoubles(cpu, low, high, truncate), 0));
    }

    // ---------------------------------------------------------------- general registers

    private static void fromGeneralRegisters(SemanticsTable t) {
        Semantics toDouble = (cpu, i) -> {
            cpu.requireSse();
            long result = FastDouble.fromInteger(cpu.floats, cpu.mxcsr, integer(cpu, i));
            cpu.settleFloatFlags();
            cpu.xmm[2 * i.reg] = result;
        };
        Semantics toSingle = (cpu, i) -> {
            cpu.requireSse();
            long result = FastSingle.fromInteger(cpu.floats, cpu.mxcsr, integer(cpu, i));
            cpu.settleFloatFlags();
            cpu.xmm[2 * i.reg] = cpu.xmm[2 * i.reg] & ~LOW | result;
        };
        t.bind("CVTSI2SD_Vsd_Ey", toDouble);
        t.bind("CVTSI2SS_Vss_Ey", toSingle);
    }

    private static long integer(Processor cpu, Instruction i) {
        if (i.memory) {
            long linear = cpu.linear(i);
            return i.wide ? cpu.mmu.load64(linear) : cpu.mmu.load32(linear);
        }
        return i.wide ? cpu.gpr[i.rm] : (int) cpu.gpr[i.rm];
    }

    private static void toGeneralRegisters(SemanticsTable t, String fromDouble, String fromSingle, boolean truncate) {
        t.bindChooser(fromDouble, i -> i.wide ? doubleTo64(truncate) : doubleTo32(truncate));
        t.bindChooser(fromSingle, i -> i.wide ? singleTo64(truncate) : singleTo32(truncate));
    }

    private static Semantics doubleTo64(boolean truncate) {
        return (cpu, i) -> {
            FloatUnit unit = cpu.floats;
            long source = doubleSource(cpu, i);
            set(cpu, i, FastDouble.toInteger64(unit, cpu.mxcsr, source, truncate));
        };
    }

    private static Semantics doubleTo32(boolean truncate) {
        return (cpu, i) -> {
            FloatUnit unit = cpu.floats;
            long source = doubleSource(cpu, i);
            set(cpu, i, FastDouble.toInteger32(unit, cpu.mxcsr, source, truncate) & LOW);
        };
    }

    private static Semantics singleTo64(boolean truncate) {
        return (cpu, i) -> {
            FloatUnit unit = cpu.floats;
            long source = singleSource(cpu, i);
            set(cpu, i, FastSingle.toInteger64(unit, cpu.mxcsr, source, truncate));
        };
    }

    private static Semantics singleTo32(boolean truncate) {
        return (cpu, i) -> {
            FloatUnit unit = cpu.floats;
            long source = singleSource(cpu, i);
            set(cpu, i, FastSingle.toInteger32(unit, cpu.mxcsr, source, truncate) & LOW);
        };
    }

    private static long doubleSource(Processor cpu, Instruction i) {
        cpu.requireSse();
        return i.memory ? cpu.mmu.load64(cpu.linear(i)) : cpu.xmm[2 * i.rm];
    }

    private static long singleSource(Processor cpu, Instruction i) {
        cpu.requireSse();
        return i.memory ? cpu.mmu.load32(cpu.linear(i)) & LOW : cpu.xmm[2 * i.rm] & LOW;
    }

    private static void set(Processor cpu, Instruction i, long result) {
        cpu.settleFloatFlags();
        cpu.gpr[i.reg] = result;
    }
}
