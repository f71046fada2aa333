package org.retrovisor.monitor.interpreter.avx;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

/** What crosses the lanes of a vector or has no SSE counterpart: broadcasts, permutations, variable shifts, tests. */
final class Permutes {
    /** Which element of the source an element of the result is. */
    @FunctionalInterface
    private interface Choice {
        int of(int element, long control);
    }

    /** A shift by a count that may be too great. */
    @FunctionalInterface
    private interface Shift {
        long apply(long value, long count);
    }

    private Permutes() {}

    static void bind(SemanticsTable t) {
        broadcasts(t);
        halves(t);
        permutations(t);
        shifts(t);
        tests(t);
        Vectors.bind(t, "VPBLENDD_Vx_Hx_Wx_Ib", (cpu, i, first, source) -> {
            for (int n = 0; n < Vectors.count(i, 32); n++) {
                if ((i.immediate >> n & 1) != 0) {
                    Vectors.setElement(first, n, 32, Vectors.element(source, n, 32));
                }
            }
            return first;
        });
    }

    // ---------------------------------------------------------------- broadcasts

    private static void broadcasts(SemanticsTable t) {
        for (String name : new String[]{"VBROADCASTSS_Vx_Md", "VBROADCASTSS_Vx_Ud", "VPBROADCASTD_Vx_Wd"}) {
            broadcast(t, name, 32);
        }
        for (String name : new String[]{"VBROADCASTSD_Vx_Mq", "VBROADCASTSD_Vx_Uq", "VPBROADCASTQ_Vx_Wq"}) {
            broadcast(t, name, 64);
        }
        broadcast(t, "VPBROADCASTB_Vx_Wb", 8);
        broadcast(t, "VPBROADCASTW_Vx_Ww", 16);
        for (String name : new String[]{"VBROADCASTF128_Vx_Mdq", "VBROADCASTI128_Vx_Mdq"}) {
            Vectors.bind(t, name, (cpu, i, first, source) -> new long[]{source[0], source[1], source[0], source[1]});
        }
    }

    private static void broadcast(SemanticsTable t, String name, int bits) {
        Vectors.bind(t, name, (cpu, i, first, source) -> {
            long[] result = new long[4];
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                Vectors.setElement(result, n, bits, Vectors.element(source, 0, bits));
            }
            return result;
        });
    }

    // ---------------------------------------------------------------- halves

    private static void halves(SemanticsTable t) {
        for (String kind : new String[]{"F128", "I128"}) {
            Vectors.bind(t, "VINSERT" + kind + "_Vx_Hx_Wdq_Ib", (cpu, i, first, source) -> {
                int at = (int) (i.immediate & 1) * 2;
                first[at] = source[0];
                first[at + 1] = source[1];
                return first;
            });
            t.bind("VEXTRACT" + kind + "_Wdq_Vx_Ib", Permutes::extract);
            Vectors.bind(t, "VPERM2" + kind + "_Vx_Hx_Wx_Ib", (cpu, i, first, source) -> {
                long[] result = new long[4];
                half(result, 0, (int) i.immediate, first, source);
                half(result, 2, (int) i.immediate >> 4, first, source);
                return result;
            });
        }
    }

    private static void extract(Processor cpu, Instruction i) {
        cpu.requireAvx();
        long[] value = Vectors.register(cpu, i.reg);
        int at = (int) (i.immediate & 1) * 2;
        long[] half = {value[at], value[at + 1], 0, 0};
        if (i.memory) {
            Vectors.store(cpu, cpu.linear(i), half, 16);
        } else {
            Vectors.set(cpu, i.rm, half, false);
        }
    }

    private static void half(long[] result, int at, int control, long[] first, long[] source) {
        if ((control & 8) == 0) {
            long[] from = (control & 2) == 0 ? first : source;
            int half = (control & 1) * 2;
            result[at] = from[half];
            result[at + 1] = from[half + 1];
        }
    }

    // ---------------------------------------------------------------- permutations

    private static void permutations(SemanticsTable t) {
        for (String name : new String[]{"VPERMD_Vx_Hx_Wx", "VPERMPS_Vx_Hx_Wx"}) {
            Vectors.bind(t, name, (cpu, i, first, source) -> {
                long[] result = new long[4];
                for (int n = 0; n < 8; n++) {
                    int from = (int) Vectors.element(first, n, 32) & 7;
                    Vectors.setElement(result, n, 32, Vectors.element(source, from, 32));
                }
                return result;
            });
        }
        for (String name : new String[]{"VPERMQ_Vx_Wx_Ib", "VPERMPD_Vx_Wx_Ib"}) {
            byImmediate(t, name, 64, (n, control) -> (int) (control >> 2 * n) & 3);
        }
        byImmediate(t, "VPERMILPS_Vx_Wx_Ib", 32, (n, control) -> n & 4 | (int) (control >> 2 * (n & 3)) & 3);
        byImmediate(t, "VPERMILPD_Vx_Wx_Ib", 64, (n, control) -> n & 2 | (int) (control >> n) & 1);
        byVector(t, "VPERMILPS_Vx_Hx_Wx", 32, (n, control) -> n & 4 | (int) control & 3);
        byVector(t, "VPERMILPD_Vx_Hx_Wx", 64, (n, control) -> n & 2 | (int) (control >> 1) & 1);
    }

    private static void byImmediate(SemanticsTable t, String name, int bits, Choice choice) {
        Vectors.bind(t, name, (cpu, i, first, source) -> {
            long[] result = new long[4];
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                Vectors.setElement(result, n, bits, Vectors.element(source, choice.of(n, i.immediate & 0xFF), bits));
            }
            return result;
        });
    }

    private static void byVector(SemanticsTable t, String name, int bits, Choice choice) {
        Vectors.bind(t, name, (cpu, i, first, source) -> {
            long[] result = new long[4];
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                int from = choice.of(n, Vectors.element(source, n, bits));
                Vectors.setElement(result, n, bits, Vectors.element(first, from, bits));
            }
            return result;
        });
    }

    // ---------------------------------------------------------------- variable shifts

    private static void shifts(SemanticsTable t) {
        shift(t, "VPSLLVD_Vx_Hx_Wx", 32, (value, count) -> count > 31 ? 0 : value << count);
        shift(t, "VPSLLVQ_Vx_Hx_Wx", 64, (value, count) -> count > 63 ? 0 : value << count);
        shift(t, "VPSRLVD_Vx_Hx_Wx", 32, (value, count) -> count > 31 ? 0 : value >>> count);
        shift(t, "VPSRLVQ_Vx_Hx_Wx", 64, (value, count) -> count > 63 ? 0 : value >>> count);
        shift(t, "VPSRAVD_Vx_Hx_Wx", 32, (value, count) -> (int) value >> Math.min(count, 31));
    }

    private static void shift(SemanticsTable t, String name, int bits, Shift shift) {
        Vectors.bind(t, name, (cpu, i, first, source) -> {
            for (int n = 0; n < Vectors.count(i, bits); n++) {
                long count = Vectors.element(source, n, bits);
                long limited = count < 0 ? Long.MAX_VALUE : count;
                Vectors.setElement(first, n, bits, shift.apply(Vectors.element(first, n, bits), limited));
            }
            return first;
        });
    }

    // ---------------------------------------------------------------- tests

    private static void tests(SemanticsTable t) {
        t.bind("VPTEST_Vx_Wx", test(-1));
        t.bind("VTESTPS_Vx_Wx", test(0x8000_0000_8000_0000L));
        t.bind("VTESTPD_Vx_Wx", test(Long.MIN_VALUE));
    }

    /** ZF: no bit of the mask in both; CF: none in the source alone. */
    private static Semantics test(long mask) {
        return (cpu, i) -> {
            cpu.requireAvx();
            long[] source = Vectors.source(cpu, i);
            long[] destination = Vectors.register(cpu, i.reg);
            long both = 0;
            long sourceOnly = 0;
            for (int n = 0; n < (i.wideVector ? 4 : 2); n++) {
                both |= source[n] & destination[n] & mask;
                sourceOnly |= source[n] & ~destination[n] & mask;
            }
            cpu.flags.setStatus((both == 0 ? Flags.ZF : 0) | (sourceOnly == 0 ? Flags.CF : 0));
        };
    }
}
