package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.Lanes;
import org.retrovisor.monitor.sse.Shuffles;

/** Packed shifts. The count is the whole low quadword of the source, or the immediate byte. */
final class Shifts {
    private Shifts() {}

    static void bind(SemanticsTable t) {
        shift(t, "PSRLW", (a, count) -> Lanes.shiftRight(a, count, Lanes.WORDS));
        shift(t, "PSRLD", (a, count) -> Lanes.shiftRight(a, count, Lanes.DOUBLES));
        shift(t, "PSRLQ", Shifts::shiftRight);
        shift(t, "PSRAW", (a, count) -> Lanes.shiftRightArithmetic(a, count, Lanes.WORDS));
        shift(t, "PSRAD", (a, count) -> Lanes.shiftRightArithmetic(a, count, Lanes.DOUBLES));
        shift(t, "PSLLW", (a, count) -> Lanes.shiftLeft(a, count, Lanes.WORDS));
        shift(t, "PSLLD", (a, count) -> Lanes.shiftLeft(a, count, Lanes.DOUBLES));
        shift(t, "PSLLQ", Shifts::shiftLeft);
        t.bind("PSRLDQ_Ux_Ib", (cpu, i) -> shiftBytesRight(cpu, 2 * i.rm, Forms.immediate(i)));
        t.bind("PSLLDQ_Ux_Ib", (cpu, i) -> shiftBytesLeft(cpu, 2 * i.rm, Forms.immediate(i)));
    }

    private static void shift(SemanticsTable t, String mnemonic, Forms.Lane operation) {
        Forms.wide(t, mnemonic + "_Vx_Wx", (x, d, low, high) -> {
            x[d] = operation.apply(x[d], low);
            x[d + 1] = operation.apply(x[d + 1], low);
        });
        MmxForms.lanes(t, mnemonic, operation);
        MmxForms.immediate(t, mnemonic + "_Nq_Ib", operation);
        t.bind(mnemonic + "_Ux_Ib", (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            int count = Forms.immediate(i);
            x[2 * i.rm] = operation.apply(x[2 * i.rm], count);
            x[2 * i.rm + 1] = operation.apply(x[2 * i.rm + 1], count);
        });
    }

    static long shiftRight(long a, long count) {
        return Long.compareUnsigned(count, 64) < 0 ? a >>> count : 0;
    }

    static long shiftLeft(long a, long count) {
        return Long.compareUnsigned(count, 64) < 0 ? a << count : 0;
    }

    private static void shiftBytesRight(Processor cpu, int d, int bytes) {
        cpu.requireSse();
        long[] x = cpu.xmm;
        long low = x[d];
        long high = x[d + 1];
        x[d] = bytes < 16 ? Shuffles.extract(low, high, bytes) : 0;
        x[d + 1] = shiftRight(high, 8L * bytes);
    }

    private static void shiftBytesLeft(Processor cpu, int d, int bytes) {
        cpu.requireSse();
        long[] x = cpu.xmm;
        long low = x[d];
        long high = x[d + 1];
        x[d] = shiftLeft(low, 8L * bytes);
        x[d + 1] = bytes < 8 ? Shuffles.extract(low, high, 8 - bytes) : shiftLeft(low, 8L * bytes - 64);
    }
}
