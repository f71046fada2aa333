package org.retrovisor.monitor.processor;

/** Writes of CR0, CR3, CR4 and EFER: what is refused, and what follows (AMD APM volume 2, chapters 3, 5 and 14). */
public final class ControlRegisters {
    private static final long CR0_WRITABLE = Control.CR0_PE
            | Control.CR0_MP
            | Control.CR0_EM
            | Control.CR0_TS
            | Control.CR0_NE
            | Control.CR0_WP
            | Control.CR0_AM
            | Control.CR0_NW
            | Control.CR0_CD
            | Control.CR0_PG;

    private static final long CR4_WRITABLE = Control.CR4_TSD
            | Control.CR4_DE
            | Control.CR4_PSE
            | Control.CR4_PAE
            | Control.CR4_MCE
            | Control.CR4_PGE
            | Control.CR4_PCE
            | Control.CR4_OSFXSR
            | Control.CR4_OSXMMEXCPT
            | Control.CR4_UMIP
            | Control.CR4_FSGSBASE
            | Control.CR4_OSXSAVE
            | Control.CR4_SMEP
            | Control.CR4_SMAP;

    private static final long EFER_WRITABLE = Control.EFER_SCE | Control.EFER_LME | Control.EFER_NXE;
    private static final long CR3_RESERVED = -1L << PageWalker.PHYSICAL_BITS;

    /** What loads the pointers of PAE paging when it changes (SDM volume 3, section 4.4.1). */
    private static final long CR0_OF_POINTERS = Control.CR0_PG | Control.CR0_CD | Control.CR0_NW;

    private static final long CR4_OF_POINTERS = Control.CR4_PAE | Control.CR4_PGE | Control.CR4_PSE | Control.CR4_SMEP;

    private ControlRegisters() {}

    /** MOV to CR0; #GP(0) for combinations that make no sense, such as paging without protection. */
    public static void setCr0(Processor cpu, long value) {
        boolean paging = (value & Control.CR0_PG) != 0;
        boolean pagingBefore = (cpu.cr0 & Control.CR0_PG) != 0;
        refuse(cpu, value >>> 32 != 0);
        refuse(cpu, paging && (value & Control.CR0_PE) == 0);
        refuse(cpu, (value & Control.CR0_NW) != 0 && (value & Control.CR0_CD) == 0);
        refuse(cpu, !paging && cpu.mode64());
        boolean pointers = ((value ^ cpu.cr0) & CR0_OF_POINTERS) != 0;
        if (paging && !pagingBefore) {
            enablePaging(cpu);
        } else if (!paging && pagingBefore) {
            cpu.efer &= ~Control.EFER_LMA;
        } else if (pointers && PagePointers.inForce(cpu) && cpu.has(ModelChange.KEPT_POINTERS)) {
            PagePointers.check(cpu, cpu.cr3);
        }
        cpu.cr0 = value & CR0_WRITABLE | Control.CR0_ET;
        cpu.updateCodeSize();
        forget(cpu, pointers);
    }

    private static void forget(Processor cpu, boolean pointersToo) {
        if (pointersToo) {
            cpu.mmu.pointers().load();
        }
        cpu.mmu.flush();
    }

    /**
     * Long mode becomes active with paging: EFER.LME needs PAE, a code segment that is not 64-bit yet, and a task that is not of 16 bits
     * (SDM volume 3, section 10.8.5).
     */
    private static void enablePaging(Processor cpu) {
        boolean pae = (cpu.cr4 & Control.CR4_PAE) != 0;
        if ((cpu.efer & Control.EFER_LME) != 0) {
            refuse(cpu, !pae || cpu.segments[Segment.CS].has(Segment.LONG) || inNarrowTask(cpu));
            cpu.efer |= Control.EFER_LMA;
        } else if (pae) {
            PagePointers.check(cpu, cpu.cr3);
        }
    }

    private static boolean inNarrowTask(Processor cpu) {
        return cpu.segments[Segment.TR].type() == Descriptors.TSS16_BUSY
                && cpu.has(ModelChange.LONG_MODE_NEEDS_WIDE_TASK);
    }

    /** MOV to CR3; #GP(0) for reserved bits, also in the four pointers of PAE paging. */
    public static void setCr3(Processor cpu, long value) {
        refuse(cpu, cpu.longMode() && (value & CR3_RESERVED) != 0);
        if (PagePointers.inForce(cpu)) {
            PagePointers.check(cpu, value);
        }
        cpu.cr3 = value;
        cpu.mmu.selectSpace();
    }

    /** MOV to CR4; #GP(0) for features that the processor model does not have. */
    public static void setCr4(Processor cpu, long value) {
        refuse(cpu, (value & ~CR4_WRITABLE) != 0);
        refuse(cpu, cpu.longMode() && (value & Control.CR4_PAE) == 0);
        boolean pointers = ((value ^ cpu.cr4) & CR4_OF_POINTERS) != 0;
        boolean pae = (cpu.cr0 & Control.CR0_PG) != 0 && !cpu.longMode() && (value & Control.CR4_PAE) != 0;
        if (pointers && pae && cpu.has(ModelChange.KEPT_POINTERS)) {
            PagePointers.check(cpu, cpu.cr3);
        }
        cpu.cr4 = value;
        cpu.breakpoints.update();
        forget(cpu, pointers);
    }

    /** WRMSR of EFER; #GP(0) for reserved bits and for LME while paging is on. */
    public static void setEfer(Processor cpu, long value) {
        refuse(cpu, (value & ~(EFER_WRITABLE | Control.EFER_LMA)) != 0);
        boolean lmeChanges = ((value ^ cpu.efer) & Control.EFER_LME) != 0;
        refuse(cpu, lmeChanges && (cpu.cr0 & Control.CR0_PG) != 0);
        cpu.efer = value & EFER_WRITABLE | cpu.efer & Control.EFER_LMA;
        cpu.updateCodeSize();
        cpu.mmu.flush();
    }

    /** Whether the control registers hold what the writes above can make of them. */
    static boolean consistent(Processor cpu) {
        boolean paging = (cpu.cr0 & Control.CR0_PG) != 0;
        boolean lme = (cpu.efer & Control.EFER_LME) != 0;
        boolean known = (cpu.cr0 & ~CR0_WRITABLE) == Control.CR0_ET
                && (cpu.cr4 & ~CR4_WRITABLE) == 0
                && (cpu.efer & ~(EFER_WRITABLE | Control.EFER_LMA)) == 0;
        boolean cache = (cpu.cr0 & Control.CR0_NW) == 0 || (cpu.cr0 & Control.CR0_CD) != 0;
        boolean active = cpu.longMode() == (lme && paging);
        boolean pae = !cpu.longMode() || (cpu.cr4 & Control.CR4_PAE) != 0 && (cpu.cr3 & CR3_RESERVED) == 0;
        return known && cache && active && pae && (!paging || cpu.protectedMode());
    }

    private static void refuse(Processor cpu, boolean bad) {
        if (bad) {
            throw cpu.fault(Vector.GP, 0);
        }
    }
}
