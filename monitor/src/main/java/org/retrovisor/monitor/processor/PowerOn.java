package org.retrovisor.monitor.processor;

import java.util.Arrays;

/** The state of a processor after power-on (Intel SDM volume 3, table 10-1). */
final class PowerOn {
    private static final int DATA = Segment.PRESENT | Segment.CODE_OR_DATA | Segment.WRITABLE | Segment.ACCESSED;

    private PowerOn() {}

    static void reset(Processor cpu) {
        cpu.cr0 = Control.CR0_CD | Control.CR0_NW;
        init(cpu);
    }

    /** What INIT does: as after power-on, but for CR0.CD and CR0.NW, x87, SSE and model-specific registers. */
    static void init(Processor cpu) {
        Arrays.fill(cpu.gpr, 0);
        cpu.cr0 = cpu.cr0 & (Control.CR0_CD | Control.CR0_NW) | Control.CR0_ET;
        cpu.cr2 = 0;
        cpu.cr3 = 0;
        cpu.cr4 = 0;
        cpu.efer = 0;
        Arrays.fill(cpu.dr, 0);
        cpu.dr[6] = 0xFFFF_0FF0L;
        cpu.dr[7] = 0x400;
        for (Segment segment : cpu.segments) {
            segment.set(0, 0, 0xFFFF, DATA);
        }
        cpu.segments[Segment.CS].set(0xF000, 0xFFFF_0000L, 0xFFFF, DATA | Segment.EXECUTABLE);
        cpu.segments[Segment.LDTR].set(0, 0, 0xFFFF, Segment.PRESENT | Descriptors.LDT);
        cpu.segments[Segment.TR].set(0, 0, 0xFFFF, Segment.PRESENT | Descriptors.TSS_BUSY);
        cpu.gdtBase = 0;
        cpu.gdtLimit = 0xFFFF;
        cpu.idtBase = 0;
        cpu.idtLimit = 0xFFFF;
        cpu.halted = false;
        cpu.interruptShadow = false;
        cpu.breakpoints.restoreHeld(0);
        cpu.nmiBlocked = false;
        cpu.gpr[Processor.RDX] = Cpuid.SIGNATURE;
        cpu.gpr[Processor.RIP] = 0xFFF0;
        cpu.setRflags(0);
        cpu.setCpl(0);
        cpu.updateCodeSize();
        cpu.breakpoints.update();
        cpu.mmu.flush();
    }
}
