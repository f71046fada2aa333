package org.retrovisor.monitor.boot;

import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** Brings a processor into the state in which a loader enters its kernel. */
public final class ProcessorStart {
    private ProcessorStart() {}

    /** Sets everything that {@code state} names on a processor after power-on. */
    public static void apply(BootState state, Processor cpu) {
        cpu.cr0 = state.cr0();
        cpu.cr3 = state.cr3();
        cpu.cr4 = state.cr4();
        cpu.efer = state.efer();
        cpu.gdtBase = state.gdtBase();
        cpu.gdtLimit = state.gdtLimit();
        for (int number = Segment.ES; number <= Segment.GS; number++) {
            BootState.Segment from = state.segments().get(number);
            cpu.segments[number].set(from.selector(), from.base(), from.limit(), from.attributes());
        }
        state.registers().forEach((number, value) -> cpu.gpr[number] = value);
        cpu.gpr[Processor.RSP] = state.rsp();
        cpu.gpr[Processor.RIP] = state.rip();
        cpu.setRflags(0);
        cpu.setCpl(0);
        cpu.updateCodeSize();
        cpu.mmu.flush();
    }
}
