package org.retrovisor.monitor.processor;

/**
 * The code and stack segments that SYSCALL, SYSRET, SYSENTER and SYSEXIT load: flat ones, from their selectors alone, without a
 * look at descriptors.
 */
public final class FlatSegments {
    public static final int CODE_64 = Segment.GRANULAR | Segment.LONG | 0x9B;
    public static final int CODE_32 = Segment.GRANULAR | Segment.BIG | 0x9B;
    private static final long FLAT = 0xFFFF_FFFFL;
    private static final int DATA = Segment.GRANULAR | Segment.BIG | 0x93;
    /** STAR holds SYSCALL's selector in bits 32 to 47, SYSRET's in bits 48 to 63. */
    private static final int CALL_SHIFT = 32;

    private static final int RETURN_SHIFT = 48;
    /** Descriptor bits of a base of 0 and a limit of 4 GiB in pages. */
    private static final long FLAT_DESCRIPTOR = 0x000F_0000_0000_FFFFL;

    private static final int ATTRIBUTES_SHIFT = 40;
    private static final int TABLE_INDICATOR = 4;

    private FlatSegments() {}

    /** Loads CS and SS and sets CPL. */
    public static void load(Processor cpu, int code, int codeAttributes, int stack, int level) {
        int dpl = level << 5;
        cpu.segments[Segment.CS].set(code & 0xFFFC | level, 0, FLAT, codeAttributes | dpl);
        cpu.segments[Segment.SS].set(stack & 0xFFFC | level, 0, FLAT, DATA | dpl);
        cpu.setCpl(level);
        cpu.updateCodeSize();
    }

    /** Loads what SYSCALL loads. */
    public static void call(Processor cpu) {
        int selector = callSelector(cpu);
        load(cpu, selector, CODE_64, selector + 8, 0);
    }

    /** Loads CS as SYSCALL does, and a null SS, which is what an interrupt of CPL 3 leaves a 64-bit kernel with. */
    public static void callWithNullStack(Processor cpu) {
        call(cpu);
        SegmentLoader.setNullStack(cpu, 0);
    }

    /** Loads what SYSRET loads. */
    public static void callReturn(Processor cpu, boolean to64) {
        int selector = returnSelector(cpu);
        load(cpu, selector + (to64 ? 16 : 0), to64 ? CODE_64 : CODE_32, selector + 8, 3);
    }

    /** The descriptor that describes the 64-bit code segment of a level as SYSCALL and SYSRET load it. */
    public static long codeDescriptor(int level) {
        return FLAT_DESCRIPTOR | (long) (CODE_64 | level << 5) << ATTRIBUTES_SHIFT;
    }

    /** The same for the stack segment. */
    public static long stackDescriptor(int level) {
        return FLAT_DESCRIPTOR | (long) (DATA | level << 5) << ATTRIBUTES_SHIFT;
    }

    /**
     * Whether a return to the selectors of SYSCALL and SYSRET would find their descriptors in the GDT, would leave the data segments as they are
     * and unblock nothing.
     */
    public static boolean maybeReturnedTo(Processor cpu) {
        return !cpu.nmiBlocked
                && inTable(cpu, callSelectors(cpu))
                && inTable(cpu, returnSelectors(cpu))
                && SegmentLoader.keepsData(cpu, 3);
    }

    /** Whether both selectors of a pair are in the GDT. */
    private static boolean inTable(Processor cpu, int pair) {
        return inTable(pair & 0xFFFF, cpu.gdtLimit) && inTable(pair >>> 16, cpu.gdtLimit);
    }

    private static boolean inTable(int selector, int limit) {
        return !Descriptors.isNull(selector) && (selector & TABLE_INDICATOR) == 0 && (selector | 7) <= limit;
    }

    private static int callSelector(Processor cpu) {
        return (int) (cpu.msrs.get(Msr.STAR) >>> CALL_SHIFT) & 0xFFFC;
    }

    private static int returnSelector(Processor cpu) {
        return (int) (cpu.msrs.get(Msr.STAR) >>> RETURN_SHIFT);
    }

    /** The selectors that SYSCALL loads: CS in the lower, SS in the upper half. */
    public static int callSelectors(Processor cpu) {
        int selector = callSelector(cpu);
        return selector & 0xFFFC | (selector + 8 & 0xFFFC) << 16;
    }

    /** The selectors that SYSRET to 64-bit code loads: CS in the lower, SS in the upper half. */
    public static int returnSelectors(Processor cpu) {
        int selector = returnSelector(cpu);
        return selector + 16 & 0xFFFC | 3 | (selector + 8 & 0xFFFC | 3) << 16;
    }
}
