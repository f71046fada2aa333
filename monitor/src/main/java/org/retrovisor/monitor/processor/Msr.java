package org.retrovisor.monitor.processor;

import java.util.Arrays;

/**
 * The model-specific registers of the processor model, by their names in the Intel SDM (volume 4).
 *
 * <p>{@link ProcessorState} saves them in the order of their numbers.
 */
public enum Msr {
    // spotless:off: a table, one register a line
    TIME_STAMP_COUNTER(0x10, Kind.TIMESTAMP),
    PLATFORM_ID(0x17, Kind.CONSTANT),
    /** No x2APIC mode (bit 10). */
    APIC_BASE(0x1B, Kind.PLATFORM, 0, 0xFF_FFFF_F900L),
    TSC_ADJUST(0x3B, Kind.TIMESTAMP_OFFSET),
    /** IBRS, STIBP, SSBD and BHI_DIS_S: stored, for there is no speculation to restrict. */
    SPEC_CTRL(0x48, Kind.STORED, 0, 0x407),
    /** Commands: accepted, nothing to do. */
    PRED_CMD(0x49, Kind.COMMAND, 0, 1),
    /** Microcode revision in the upper half; writes ask the processor to put it there. */
    BIOS_SIGN_ID(0x8B, Kind.IGNORED, 1L << 32, -1),
    PLATFORM_INFO(0xCE, Kind.CONSTANT, 0x0A00, 0),
    MTRR_CAP(0xFE, Kind.CONSTANT, 0x508, 0),
    /** Everything that {@link ArchitecturalCapabilities} lists. */
    ARCH_CAPABILITIES(0x10A, Kind.CONSTANT, ArchitecturalCapabilities.VALUE, 0),
    MISC_FEATURES_ENABLES(0x140, Kind.STORED, 0, 0),
    SYSENTER_CS(0x174, Kind.STORED, 0, 0xFFFF_FFFFL),
    SYSENTER_ESP(0x175, Kind.CANONICAL),
    SYSENTER_EIP(0x176, Kind.CANONICAL),
    /** No banks, no control register. */
    MCG_CAP(0x179, Kind.CONSTANT),
    MCG_STATUS(0x17A, Kind.STORED, 0, 7),
    /** Fast strings on; no BTS, no PEBS. */
    MISC_ENABLE(0x1A0, Kind.STORED, 0x1801, 0xC5_1889L),
    MTRR_PHYS_BASE0(0x200, Kind.MTRR_BASE, 0xC000_0000L, -1),
    MTRR_PHYS_MASK0(0x201, Kind.STORED, 0xFF_C000_0800L, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE1(0x202, Kind.MTRR_BASE),
    MTRR_PHYS_MASK1(0x203, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE2(0x204, Kind.MTRR_BASE),
    MTRR_PHYS_MASK2(0x205, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE3(0x206, Kind.MTRR_BASE),
    MTRR_PHYS_MASK3(0x207, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE4(0x208, Kind.MTRR_BASE),
    MTRR_PHYS_MASK4(0x209, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE5(0x20A, Kind.MTRR_BASE),
    MTRR_PHYS_MASK5(0x20B, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE6(0x20C, Kind.MTRR_BASE),
    MTRR_PHYS_MASK6(0x20D, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_PHYS_BASE7(0x20E, Kind.MTRR_BASE),
    MTRR_PHYS_MASK7(0x20F, Kind.STORED, 0, 0xFF_FFFF_F800L),
    MTRR_FIX64K_00000(0x250, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX16K_80000(0x258, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX16K_A0000(0x259, Kind.MEMORY_TYPES),
    MTRR_FIX4K_C0000(0x268, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_C8000(0x269, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_D0000(0x26A, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_D8000(0x26B, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_E0000(0x26C, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_E8000(0x26D, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_F0000(0x26E, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    MTRR_FIX4K_F8000(0x26F, Kind.MEMORY_TYPES, Msr.WRITE_BACK, -1),
    PAT(0x277, Kind.MEMORY_TYPES, 0x0007_0406_0007_0406L, -1),
    /** Enabled, fixed ranges too, write-back by default: as firmware leaves it. */
    MTRR_DEF_TYPE(0x2FF, Kind.MTRR_DEFAULT, 0xC06, 0xCFF),
    TSC_DEADLINE(0x6E0, Kind.DEADLINE),
    EFER(0xC000_0080, Kind.EXTENDED_FEATURES),
    STAR(0xC000_0081, Kind.STORED, 0, -1),
    LSTAR(0xC000_0082, Kind.CANONICAL),
    CSTAR(0xC000_0083, Kind.CANONICAL),
    SFMASK(0xC000_0084, Kind.STORED, 0, 0xFFFF_FFFFL),
    FS_BASE(0xC000_0100, Kind.SEGMENT_BASE),
    GS_BASE(0xC000_0101, Kind.SEGMENT_BASE),
    KERNEL_GS_BASE(0xC000_0102, Kind.CANONICAL),
    TSC_AUX(0xC000_0103, Kind.STORED, 0, 0xFFFF_FFFFL);
    // spotless:on

    /** How a register behaves. */
    enum Kind {
        /** Stores; #GP(0) for bits outside its mask. */
        STORED,
        /** Stores a canonical address; #GP(0) for others. */
        CANONICAL,
        /** Eight memory types, one a byte; #GP(0) for types that do not exist. */
        MEMORY_TYPES,
        /** Page address and a memory type. */
        MTRR_BASE,
        /** Enable bits and a memory type. */
        MTRR_DEFAULT,
        /** Reads a constant; #GP(0) when written. */
        CONSTANT,
        /** Reads a constant; writes do nothing. */
        IGNORED,
        /** #GP(0) when read; writes within the mask do nothing. */
        COMMAND,
        /** Belongs to the platform behind the boundary. */
        PLATFORM,
        /** The platform's timer, on the guest's own timestamp scale. */
        DEADLINE,
        /** The timestamp counter. */
        TIMESTAMP,
        /** What the guest added to the timestamp counter. */
        TIMESTAMP_OFFSET,
        /** EFER, kept in {@link Processor#efer}. */
        EXTENDED_FEATURES,
        /** The base of FS or GS, kept in the segment register. */
        SEGMENT_BASE
    }

    private static final long WRITE_BACK = 0x0606_0606_0606_0606L;

    /** The number that RDMSR and WRMSR take in ECX. */
    public final int number;

    final Kind kind;
    /** The value after power-on. */
    final long initial;
    /** The bits that may be set. */
    final long writable;

    Msr(int number, Kind kind) {
        this(number, kind, 0, -1);
    }

    Msr(int number, Kind kind, long initial, long writable) {
        this.number = number;
        this.kind = kind;
        this.initial = initial;
        this.writable = writable;
    }

    /** All of them, in ascending order of their numbers. */
    static Msr[] byNumber() {
        Msr[] all = values();
        Arrays.sort(all, (first, second) -> Integer.compare(first.number, second.number));
        return all;
    }
}
