package org.retrovisor.monitor.processor;

/**
 * A task as a task state segment holds it (Intel SDM volume 3, figures 7-2 and 7-10).
 *
 * <pre>
 * 32 bits   0 link | 4 SS:ESP of levels 0 to 2 | 1C CR3 | 20 EIP | 24 EFLAGS | 28 EAX ECX EDX EBX ESP EBP ESI EDI
 *           48 ES CS SS DS FS GS | 60 LDT | 64 T | 66 I/O map
 * 16 bits   0 link | 2 SS:SP of levels 0 to 2 | 0E IP | 10 FLAGS | 12 AX to DI | 22 ES CS SS DS | 2A LDT
 * </pre>
 */
final class TaskImage {
    private static final int CR3 = 0x1C;
    private static final int EIP = 0x20;
    private static final int SELECTORS = 0x48;
    private static final int LDT = 0x60;
    private static final int TRAP = 0x64;
    private static final int IP = 0x0E;
    private static final int SELECTORS_16 = 0x22;
    private static final int LDT_16 = 0x2A;
    private static final int UPPER_HALF_16 = 0xFFFF_0000;

    final boolean wide;
    final long[] registers = new long[8];
    /** ES, CS, SS, DS, FS, GS. */
    final int[] selectors = new int[6];
    long rip;
    int flags;
    long cr3;
    int ldt;
    boolean debugTrap;

    private TaskImage(boolean wide) {
        this.wide = wide;
    }

    static boolean isWide(Segment tss) {
        return (tss.attributes & 8) != 0;
    }

    /** The offset of the last byte that a switch needs. */
    static int lastByte(Segment tss) {
        return isWide(tss) ? 0x67 : 0x2B;
    }

    /** Raises the page faults of a switch before it changes anything. */
    static void checkAccess(Processor cpu, Segment from, Segment to, boolean linked) {
        int first = isWide(from) ? EIP : IP;
        int end = isWide(from) ? LDT : LDT_16;
        cpu.mmu.checkWrite(from.base + first, end - first);
        cpu.mmu.checkRead(to.base, lastByte(to) + 1);
        if (linked) {
            cpu.mmu.checkWrite(to.base, 2);
        }
    }

    /** What a switch away from a task stores of it: all but link, inner stacks, CR3 and LDT. */
    static void save(Processor cpu, Segment tss, int flags) {
        boolean wide = isWide(tss);
        int size = wide ? 4 : 2;
        long at = tss.base + (wide ? EIP : IP);
        cpu.mmu.store(at, size, cpu.gpr[Processor.RIP]);
        cpu.mmu.store(at + size, size, flags);
        for (int n = 0; n < 8; n++) {
            cpu.mmu.store(at + (long) (2 + n) * size, size, cpu.gpr[n]);
        }
        for (int n = 0; n < (wide ? 6 : 4); n++) {
            int slot = wide ? SELECTORS + 4 * n : SELECTORS_16 + 2 * n;
            cpu.mmu.store16(tss.base + slot, cpu.segments[n].selector);
        }
    }

    /** CR3 of a task whose TSS is a wide one. */
    static long cr3(Processor cpu, Segment tss) {
        return cpu.mmu.load(tss.base + CR3, 4);
    }

    static TaskImage load(Processor cpu, Segment tss) {
        TaskImage image = new TaskImage(isWide(tss));
        int size = image.wide ? 4 : 2;
        long at = tss.base + (image.wide ? EIP : IP);
        image.rip = cpu.mmu.load(at, size);
        image.flags = (int) cpu.mmu.load(at + size, size);
        for (int n = 0; n < 8; n++) {
            long upper = image.wide ? 0 : UPPER_HALF_16 & 0xFFFF_FFFFL;
            image.registers[n] = cpu.mmu.load(at + (long) (2 + n) * size, size) | upper;
        }
        for (int n = 0; n < (image.wide ? 6 : 4); n++) {
            int slot = image.wide ? SELECTORS + 4 * n : SELECTORS_16 + 2 * n;
            image.selectors[n] = cpu.mmu.load16(tss.base + slot);
        }
        image.ldt = cpu.mmu.load16(tss.base + (image.wide ? LDT : LDT_16));
        if (image.wide) {
            image.cr3 = cr3(cpu, tss);
            image.debugTrap = (cpu.mmu.load8(tss.base + TRAP) & 1) != 0;
        }
        return image;
    }
}
