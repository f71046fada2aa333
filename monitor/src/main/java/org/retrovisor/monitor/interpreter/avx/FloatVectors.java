package org.retrovisor.monitor.interpreter.avx;

import java.util.Locale;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.FloatPredicates;
import org.retrovisor.monitor.sse.FusedUnit;
import org.retrovisor.monitor.sse.HalfPrecision;

/** Comparison by 32 predicates, fused multiply-add, half precision. */
final class FloatVectors {
    private FloatVectors() {}

    static void bind(SemanticsTable t) {
        for (String size : new String[]{"ps", "pd", "ss", "sd"}) {
            boolean scalar = size.startsWith("s");
            int bits = size.endsWith("s") ? 32 : 64;
            compare(t, size, bits, scalar);
            fused(t, size, bits, scalar);
        }
        halfPrecision(t);
    }

    private static int elements(Instruction i, int bits, boolean scalar) {
        return scalar ? 1 : Vectors.count(i, bits);
    }

    // ---------------------------------------------------------------- comparison

    private static void compare(SemanticsTable t, String size, int bits, boolean scalar) {
        String name = "VCMP%s_V%s_H%s_W%s_Ib".formatted(size.toUpperCase(Locale.ROOT), size, size, size);
        bind(t, name, scalar, (cpu, i, first, source) -> {
            for (int n = 0; n < elements(i, bits, scalar); n++) {
                boolean holds = FloatPredicates.holds(cpu.floats, cpu.mxcsr, Vectors.element(first, n, bits),
                        Vectors.element(source, n, bits), bits == 32, (int) i.immediate & 31);
                Vectors.setElement(first, n, bits, holds ? -1 : 0);
            }
            return first;
        });
    }

    /** As {@link Vectors#bind}, but a scalar has 128 bits whatever VEX.L says. */
    private static void bind(SemanticsTable t, String name, boolean scalar, Vectors.Operation operation) {
        t.bind(name, (cpu, i) -> {
            cpu.requireAvx();
            long[] source = Vectors.source(cpu, i);
            long[] result = operation.apply(cpu, i, Vectors.register(cpu, i.vvvv), source);
            cpu.settleFloatFlags();
            Vectors.set(cpu, i.reg, result, i.wideVector && !scalar);
        });
    }

    // ---------------------------------------------------------------- fused multiply-add

    private static void fused(SemanticsTable t, String size, int bits, boolean scalar) {
        for (String order : new String[]{"132", "213", "231"}) {
            fused(t, "FMADD" + order, order, size, bits, scalar, false, false, false);
            fused(t, "FMSUB" + order, order, size, bits, scalar, false, true, true);
            fused(t, "FNMADD" + order, order, size, bits, scalar, true, false, false);
            fused(t, "FNMSUB" + order, order, size, bits, scalar, true, true, true);
            if (!scalar) {
                fused(t, "FMADDSUB" + order, order, size, bits, false, false, true, false);
                fused(t, "FMSUBADD" + order, order, size, bits, false, false, false, true);
            }
        }
    }

    /** The signs of the product and, in even and in odd elements, of the addend. */
    private static void fused(SemanticsTable t, String mnemonic, String order, String size, int bits, boolean scalar,
            boolean minusProduct, boolean minusEven, boolean minusOdd) {
        String name = "V%s%s_V%s_H%s_W%s".formatted(
                mnemonic, size.toUpperCase(Locale.ROOT), size, size, size);
        bind(t, name, scalar, (cpu, i, second, third) -> {
            long[] first = Vectors.register(cpu, i.reg);
            long[] a = order.charAt(0) == '1' ? first : second;
            long[] b = order.charAt(1) == '1' ? first : third;
            long[] c = order.charAt(2) == '1' ? first : order.charAt(2) == '2' ? second : third;
            long[] result = first.clone();
            for (int n = 0; n < elements(i, bits, scalar); n++) {
                boolean minus = (n & 1) == 0 ? minusEven : minusOdd;
                Vectors.setElement(result, n, bits, FusedUnit.apply(cpu.floats, cpu.mxcsr, bits == 32,
                        Vectors.element(a, n, bits), Vectors.element(b, n, bits), Vectors.element(c, n, bits),
                        minusProduct, minus));
            }
            return result;
        });
    }

    // ---------------------------------------------------------------- half precision

    private static void halfPrecision(SemanticsTable t) {
        Vectors.bind(t, "VCVTPH2PS_Vps_Wh", (cpu, i, first, source) -> {
            long[] result = new long[4];
            for (int n = 0; n < Vectors.count(i, 32); n++) {
                int half = (int) Vectors.element(source, n, 16);
                Vectors.setElement(result, n, 32, HalfPrecision.widen(cpu.floats, half));
            }
            return result;
        });
        t.bind("VCVTPS2PH_Wh_Vps_Ib", FloatVectors::narrow);
    }

    private static void narrow(Processor cpu, Instruction i) {
        cpu.requireAvx();
        long[] source = Vectors.register(cpu, i.reg);
        long[] result = new long[4];
        int count = Vectors.count(i, 32);
        boolean unbounded = cpu.has(ModelChange.HALF_UNDERFLOW_BY_UNBOUNDED_EXPONENT);
        long linear = i.memory ? cpu.linear(i) : 0;
        if (i.memory) {
            cpu.mmu.checkWrite(linear, 2 * count); // before any flag is raised
        }
        for (int n = 0; n < count; n++) {
            int single = (int) Vectors.element(source, n, 32);
            long half = HalfPrecision.narrow(cpu.floats, cpu.mxcsr, single, (int) i.immediate, unbounded);
            Vectors.setElement(result, n, 16, half);
        }
        cpu.settleFloatFlags();
        if (i.memory) {
            Vectors.store(cpu, linear, result, 2 * count);
        } else {
            Vectors.set(cpu, i.rm, result, false);
        }
    }
}
