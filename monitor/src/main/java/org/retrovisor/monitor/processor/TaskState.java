package org.retrovisor.monitor.processor;

/** What the processor reads from the current task state segment (AMD APM volume 2, section 12.2). */
public final class TaskState {
    private static final int RSP0 = 4;
    private static final int IST1 = 0x24;
    private static final int IO_MAP_BASE = 0x66;

    private TaskState() {}

    /** RSPn of the 64-bit TSS. */
    public static long stackPointer64(Processor cpu, int level, int external) {
        return load64(cpu, RSP0 + 8 * level, external);
    }

    /** ISTn of the 64-bit TSS, {@code number} from 1 to 7. */
    static long interruptStack(Processor cpu, int number, int external) {
        return load64(cpu, IST1 + 8 * (number - 1), external);
    }

    /** The stack of an inner level from a 32-bit or 16-bit TSS: selector in bits 32 to 47, pointer below. */
    public static long legacyStack(Processor cpu, int level, int external) {
        Segment tss = cpu.segments[Segment.TR];
        boolean wide = (tss.type() & 8) != 0;
        int offset = wide ? 4 + 8 * level : 2 + 4 * level;
        checkInside(cpu, offset + (wide ? 6 : 4), external);
        int before = cpu.mmu.enterSupervisor();
        try {
            long pointer = cpu.mmu.load(tss.base + offset, wide ? 4 : 2);
            long selector = cpu.mmu.load16(tss.base + offset + (wide ? 4 : 2));
            return selector << 32 | pointer;
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    /** Whether the I/O permission bitmap lets the program at the ports; the caller knows that IOPL does not. */
    public static boolean allowsPorts(Processor cpu, int port, int count) {
        Segment tss = cpu.segments[Segment.TR];
        if (!tss.has(Segment.PRESENT) || (tss.type() & 8) == 0 || tss.limit < IO_MAP_BASE + 1) {
            return false;
        }
        int before = cpu.mmu.enterSupervisor();
        try {
            long at = cpu.mmu.load16(tss.base + IO_MAP_BASE) + (port >> 3);
            if (at + 1 > tss.limit) {
                return false;
            }
            int bits = cpu.mmu.load16(tss.base + at) >> (port & 7);
            return (bits & (1 << count) - 1) == 0;
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    private static long load64(Processor cpu, int offset, int external) {
        checkInside(cpu, offset + 8, external);
        return Descriptors.load64(cpu, cpu.segments[Segment.TR].base + offset);
    }

    private static void checkInside(Processor cpu, int bytes, int external) {
        Segment tss = cpu.segments[Segment.TR];
        if (!tss.has(Segment.PRESENT) || bytes - 1 > tss.limit) {
            throw cpu.fault(Vector.TS, Descriptors.errorCode(tss.selector) | external);
        }
    }
}
