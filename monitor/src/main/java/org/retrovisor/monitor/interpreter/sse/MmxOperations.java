package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.FastDouble;
import org.retrovisor.monitor.sse.Lanes;
import org.retrovisor.monitor.sse.Shuffles;

import static org.retrovisor.monitor.interpreter.sse.FloatForms.LOW;
import static org.retrovisor.monitor.interpreter.sse.FloatForms.commit;

/** MMX instructions whose operation is not bound together with its XMM form; conversions between MMX and XMM. */
final class MmxOperations {
    private MmxOperations() {}

    static void bind(SemanticsTable t) {
        MmxForms.lanes(t, "PAND", (a, b) -> a & b);
        MmxForms.lanes(t, "PANDN", (a, b) -> ~a & b);
        MmxForms.lanes(t, "POR", (a, b) -> a | b);
        MmxForms.lanes(t, "PXOR", (a, b) -> a ^ b);
        MmxForms.lanes(t, "PADDD", (a, b) -> Lanes.add(a, b, Lanes.DOUBLES));
        MmxForms.lanes(t, "PADDQ", Long::sum);
        MmxForms.lanes(t, "PSUBB", (a, b) -> Lanes.subtract(a, b, Lanes.BYTES));
        MmxForms.lanes(t, "PCMPEQB", (a, b) -> Lanes.equal(a, b, Lanes.BYTES));
        MmxForms.lanes(t, "PMINUB", (a, b) -> Lanes.minimumUnsigned(a, b, Lanes.BYTES));
        MmxForms.lanes(t, "PSHUFB", (a, b) -> Shuffles.shuffleBytes(a, 0, b, 7));
        MmxForms.lanes(t, "PUNPCKHBW", Shuffles::unpackHighBytes);
        MmxForms.lanes(t, "PUNPCKHWD", Shuffles::unpackHighWords);
        MmxForms.lanes(t, "PUNPCKHDQ", Shuffles::unpackHighDoubles);
        unpackLow(t, "PUNPCKLBW_Pq_Qd", Shuffles::unpackLowBytes);
        unpackLow(t, "PUNPCKLWD_Pq_Qd", Shuffles::unpackLowWords);
        unpackLow(t, "PUNPCKLDQ_Pq_Qd", Shuffles::unpackLowDoubles);
        t.bind("PSHUFW_Pq_Qq_Ib", (cpu, i) -> {
            cpu.requireMmx();
            MmxForms.set(cpu, i.reg, Shuffles.shuffleWords(MmxForms.source(cpu, i), Forms.immediate(i)));
        });
        t.bind("PALIGNR_Pq_Qq_Ib", MmxOperations::align);
        toFloats(t);
        fromFloats(t, "CVTPS2PI_Pq_Wq", "CVTPD2PI_Pq_Wpd", false);
        fromFloats(t, "CVTTPS2PI_Pq_Wq", "CVTTPD2PI_Pq_Wpd", true);
    }

    /** Of a memory source only 32 bits are read. */
    private static void unpackLow(SemanticsTable t, String name, Forms.Lane operation) {
        t.bind(name, (cpu, i) -> {
            cpu.requireMmx();
            long source = i.memory ? cpu.mmu.load32(cpu.linear(i)) & LOW : MmxForms.get(cpu, i.rm);
            MmxForms.set(cpu, i.reg, operation.apply(MmxForms.get(cpu, i.reg), source));
        });
    }

    private static void align(Processor cpu, Instruction i) {
        cpu.requireMmx();
        long source = MmxForms.source(cpu, i);
        long destination = MmxForms.get(cpu, i.reg);
        int bytes = Forms.immediate(i);
        MmxForms.set(cpu, i.reg, bytes < 16 ? Shuffles.extract(source, destination, bytes) : 0);
    }

    // ---------------------------------------------------------------- conversions

    /** With a memory source no MMX register takes part, and the x87 state stays as it is. */
    private static void toFloats(SemanticsTable t) {
        t.bind("CVTPI2PS_Vps_Qq", (cpu, i) -> {
            long source = integers(cpu, i);
            long result = FloatConversions.singles(cpu, source);
            commit(cpu, 2 * i.reg, result, cpu.xmm[2 * i.reg + 1]);
            enterUnlessMemory(cpu, i);
        });
        t.bind("CVTPI2PD_Vpd_Qq", (cpu, i) -> {
            long source = integers(cpu, i);
            long first = FastDouble.fromInteger(cpu.floats, cpu.mxcsr, (int) source);
            commit(cpu, 2 * i.reg, first, FastDouble.fromInteger(cpu.floats, cpu.mxcsr, source >> 32));
            enterUnlessMemory(cpu, i);
        });
    }

    private static long integers(Processor cpu, Instruction i) {
        cpu.requireSse();
        if (!i.memory) {
            cpu.requireMmx();
        }
        return MmxForms.source(cpu, i);
    }

    private static void enterUnlessMemory(Processor cpu, Instruction i) {
        if (!i.memory) {
            cpu.fpu.enterMmx();
        }
    }

    private static void fromFloats(SemanticsTable t, String fromSingles, String fromDoubles, boolean truncate) {
        t.bind(fromSingles, (cpu, i) -> {
            cpu.requireSse();
            cpu.requireMmx();
            long source = i.memory ? cpu.mmu.load64(cpu.linear(i)) : cpu.xmm[2 * i.rm];
            long result = FloatConversions.integersFromSingles(cpu, source, truncate);
            cpu.settleFloatFlags();
            MmxForms.set(cpu, i.reg, result);
        });
        t.bind(fromDoubles, (cpu, i) -> {
            cpu.requireSse();
            cpu.requireMmx();
            long linear = i.memory ? Forms.aligned(cpu, i) : 0;
            long first = i.memory ? cpu.mmu.load64(linear) : cpu.xmm[2 * i.rm];
            long second = i.memory ? cpu.mmu.load64(linear + 8) : cpu.xmm[2 * i.rm + 1];
            long result = FloatConversions.integersFromDoubles(cpu, first, second, truncate);
            cpu.settleFloatFlags();
            MmxForms.set(cpu, i.reg, result);
        });
    }
}
