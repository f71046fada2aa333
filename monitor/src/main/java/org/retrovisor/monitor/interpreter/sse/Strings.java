package org.retrovisor.monitor.interpreter.sse;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.sse.StringComparison;

/** PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM. Their memory operand need not be aligned. */
final class Strings {
    private Strings() {}

    static void bind(SemanticsTable t) {
        t.bind("PCMPESTRM_Vx_Wx_Ib", (cpu, i) -> compare(cpu, i, true, true));
        t.bind("PCMPESTRI_Vx_Wx_Ib", (cpu, i) -> compare(cpu, i, true, false));
        t.bind("PCMPISTRM_Vx_Wx_Ib", (cpu, i) -> compare(cpu, i, false, true));
        t.bind("PCMPISTRI_Vx_Wx_Ib", (cpu, i) -> compare(cpu, i, false, false));
    }

    private static void compare(Processor cpu, Instruction i, boolean explicit, boolean mask) {
        cpu.requireSse();
        int immediate = Forms.immediate(i);
        long[] x = cpu.xmm;
        long linear = i.memory ? cpu.linear(i) : 0;
        long textLow = i.memory ? cpu.mmu.load64(linear) : x[2 * i.rm];
        long textHigh = i.memory ? cpu.mmu.load64(linear + 8) : x[2 * i.rm + 1];
        long setLow = x[2 * i.reg];
        long setHigh = x[2 * i.reg + 1];
        int setLength = explicit
                ? length(cpu, i, Processor.RAX)
                : StringComparison.implicitLength(setLow, setHigh, immediate);
        int textLength = explicit
                ? length(cpu, i, Processor.RDX)
                : StringComparison.implicitLength(textLow, textHigh, immediate);
        int bits = StringComparison.compare(setLow, setHigh, setLength, textLow, textHigh, textLength, immediate);
        if (mask) {
            x[0] = StringComparison.mask(bits, immediate, false);
            x[1] = StringComparison.mask(bits, immediate, true);
        } else {
            cpu.gpr[Processor.RCX] = StringComparison.index(bits, immediate);
        }
        setFlags(cpu, bits, setLength, textLength, StringComparison.elements(immediate));
    }

    /** The absolute value of EAX or EDX (RAX or RDX with REX.W), at most the number of elements. */
    private static int length(Processor cpu, Instruction i, int register) {
        long value = i.wide ? cpu.gpr[register] : (int) cpu.gpr[register];
        int most = StringComparison.elements(Forms.immediate(i));
        return value >= -most && value <= most ? (int) Math.abs(value) : most;
    }

    private static void setFlags(Processor cpu, int bits, int setLength, int textLength, int elements) {
        int status = bits != 0 ? Flags.CF : 0;
        status |= textLength < elements ? Flags.ZF : 0;
        status |= setLength < elements ? Flags.SF : 0;
        status |= (bits & 1) != 0 ? Flags.OF : 0;
        cpu.flags.setStatus(status);
    }
}
