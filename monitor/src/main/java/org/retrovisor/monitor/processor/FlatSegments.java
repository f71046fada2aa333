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

    /** Loads what SYSRET loads. */
    public static void callReturn(Processor cpu, boolean to64) {
        int selector = returnSelector(cpu);
        load(cpu, selector + (to64 ? 16 : 0), to64 ? CODE_64 : CODE_32, selector + 8, 3);
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
