package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.FastDouble;
import org.retrovisor.monitor.sse.FastSingle;
import org.retrovisor.monitor.sse.FloatUnit;

import static org.retrovisor.monitor.interpreter.sse.FloatForms.LOW;

/** CMPPS to UCOMISD. */
final class FloatComparisons {
    private static final int UNORDERED = Flags.ZF | Flags.PF | Flags.CF;

    private FloatComparisons() {}

    static void bind(SemanticsTable t) {
        FloatForms.binaryImmediate(
                t,
                "CMP",
                (unit, mxcsr, a, b, n) -> holds(FastSingle.compare(unit, mxcsr, a, b, signals(n)), n) ? LOW : 0,
                (unit, mxcsr, a, b, n) -> holds(FastDouble.compare(unit, mxcsr, a, b, signals(n)), n) ? -1 : 0);
        t.bindForms("COMISD_Vsd_Wsd", doubleRegister(true), doubleMemory(true));
        t.bindForms("UCOMISD_Vsd_Wsd", doubleRegister(false), doubleMemory(false));
        t.bindForms("COMISS_Vss_Wss", singleRegister(true), singleMemory(true));
        t.bindForms("UCOMISS_Vss_Wss", singleRegister(false), singleMemory(false));
    }

    /** LT, LE and their negations raise the invalid flag for quiet NaNs as well. */
    private static boolean signals(int predicate) {
        return (predicate & 3) == 1 || (predicate & 3) == 2;
    }

    /** Whether a relation satisfies a predicate: EQ, LT, LE, UNORD, then the negations. */
    private static boolean holds(int relation, int predicate) {
        boolean positive = switch (predicate & 3) {
            case 0 -> relation == 0;
            case 1 -> relation < 0;
            case 2 -> relation <= 0;
            default -> relation == FloatUnit.UNORDERED;
        };
        return positive != ((predicate & 4) != 0);
    }

    private static Semantics doubleRegister(boolean signals) {
        return (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            setFlags(cpu, FastDouble.compare(cpu.floats, cpu.mxcsr, x[2 * i.reg], x[2 * i.rm], signals));
        };
    }

    private static Semantics doubleMemory(boolean signals) {
        return (cpu, i) -> {
            cpu.requireSse();
            long source = cpu.mmu.load64(cpu.linear(i));
            setFlags(cpu, FastDouble.compare(cpu.floats, cpu.mxcsr, cpu.xmm[2 * i.reg], source, signals));
        };
    }

    private static Semantics singleRegister(boolean signals) {
        return (cpu, i) -> {
            cpu.requireSse();
            long[] x = cpu.xmm;
            setFlags(cpu, FastSingle.compare(cpu.floats, cpu.mxcsr, x[2 * i.reg] & LOW, x[2 * i.rm] & LOW, signals));
        };
    }

    private static Semantics singleMemory(boolean signals) {
        return (cpu, i) -> {
            cpu.requireSse();
            long source = cpu.mmu.load32(cpu.linear(i)) & LOW;
            setFlags(cpu, FastSingle.compare(cpu.floats, cpu.mxcsr, cpu.xmm[2 * i.reg] & LOW, source, signals));
        };
    }

    private static void setFlags(Processor cpu, int relation) {
        cpu.settleFloatFlags();
        int status = switch (relation) {
            case -1 -> Flags.CF;
            case 0 -> Flags.ZF;
            case 1 -> 0;
            default -> UNORDERED;
        };
        cpu.flags.setStatus(status);
    }
}
