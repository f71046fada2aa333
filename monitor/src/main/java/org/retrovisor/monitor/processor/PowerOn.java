package org.retrovisor.monitor.processor;

/** The state of a processor after power-on (Intel SDM volume 3, table 10-1). */
final class PowerOn {
    private PowerOn() {}

    static void reset(Processor cpu) {
        cpu.cr0 = Control.CR0_ET | Control.CR0_CD | Control.CR0_NW;
        cpu.dr[6] = 0xFFFF_0FF0L;
        cpu.dr[7] = 0x400;
        for (Segment segment : cpu.segments) {
            segment.set(0, 0, 0xFFFF, Segment.PRESENT | Segment.CODE_OR_DATA | 3);
        }
        cpu.segments[Segment.CS].set(0xF000, 0xFFFF_0000L, 0xFFFF, Segment.PRESENT | Segment.CODE_OR_DATA | 0xB);
        cpu.gpr[Processor.RIP] = 0xFFF0;
        cpu.setRflags(0);
        cpu.updateCodeSize();
    }
}
