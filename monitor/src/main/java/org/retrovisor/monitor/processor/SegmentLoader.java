package org.retrovisor.monitor.processor;

/** Loads segment registers with all checks of the current mode (AMD APM volume 2, chapter 4). */
public final class SegmentLoader {
    private static final int DATA_16 = Segment.PRESENT | Segment.CODE_OR_DATA | Segment.WRITABLE | Segment.ACCESSED;
    private static final int DPL_3 = 3 << 5;

    private SegmentLoader() {}

    /** What MOV and POP do to ES, SS, DS, FS and GS. */
    public static void load(Processor cpu, int number, int selector) {
        if (!cpu.protectedMode()) {
            loadReal(cpu, number, selector);
        } else if (cpu.virtual8086()) {
            loadVirtual8086(cpu, number, selector);
        } else if (number == Segment.SS) {
            loadStack(cpu, selector);
        } else {
            loadData(cpu, number, selector);
        }
    }

    /** Real mode: the base follows the selector, limit and attributes stay. */
    public static void loadReal(Processor cpu, int number, int selector) {
        Segment segment = cpu.segments[number];
        segment.selector = selector & 0xFFFF;
        segment.base = (selector & 0xFFFFL) << 4;
        segment.attributes |= Segment.PRESENT;
    }

    /** Virtual-8086 mode: everything is fixed by the selector. */
    public static void loadVirtual8086(Processor cpu, int number, int selector) {
        int type = number == Segment.CS ? DATA_16 | Segment.EXECUTABLE : DATA_16;
        cpu.segments[number].set(selector & 0xFFFF, (selector & 0xFFFFL) << 4, 0xFFFF, type | DPL_3);
    }

    private static void loadData(Processor cpu, int number, int selector) {
        if (Descriptors.isNull(selector)) {
            cpu.segments[number].set(selector & 3, 0, 0, 0);
            return;
        }
        long descriptor = Descriptors.read(cpu, selector, Vector.GP, 0);
        checkData(cpu, selector, descriptor);
        Descriptors.markAccessed(cpu, selector, descriptor);
        set(cpu.segments[number], selector, descriptor);
    }

    private static void checkData(Processor cpu, int selector, long descriptor) {
        boolean code = Descriptors.isCode(descriptor);
        boolean readable = !code || (Descriptors.type(descriptor) & Segment.WRITABLE) != 0;
        int least = Math.max(cpu.cpl, selector & 3);
        boolean allowed = Descriptors.isConforming(descriptor) || least <= Descriptors.dpl(descriptor);
        if (Descriptors.isSystem(descriptor) || !readable || !allowed) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        if (!Descriptors.present(descriptor)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
    }

    private static void loadStack(Processor cpu, int selector) {
        if (Descriptors.isNull(selector)) {
            if (!cpu.mode64() || cpu.cpl == 3 || (selector & 3) != cpu.cpl) {
                throw cpu.fault(Vector.GP, 0);
            }
            setNullStack(cpu, cpu.cpl);
            return;
        }
        long descriptor = checkStack(cpu, selector, cpu.cpl, Vector.GP, 0);
        Descriptors.markAccessed(cpu, selector, descriptor);
        set(cpu.segments[Segment.SS], selector, descriptor);
    }

    /**
     * The descriptor of a stack segment for {@code level}, checked but not loaded.
     *
     * @param vector the exception when it does not fit: #GP, or #TS for a selector that comes from a TSS
     * @throws GuestFault {@code vector}(selector), or #SS(selector) when it is not present
     */
    public static long checkStack(Processor cpu, int selector, int level, int vector, int external) {
        long descriptor = Descriptors.read(cpu, selector, vector, external);
        boolean fits = (selector & 3) == level
                && Descriptors.dpl(descriptor) == level
                && Descriptors.isWritableData(descriptor);
        if (!fits) {
            throw cpu.fault(vector, Descriptors.errorCode(selector) | external);
        }
        if (!Descriptors.present(descriptor)) {
            throw cpu.fault(Vector.SS, Descriptors.errorCode(selector) | external);
        }
        return descriptor;
    }

    /** The null SS of long mode. */
    public static void setNullStack(Processor cpu, int level) {
        cpu.segments[Segment.SS].set(level, 0, 0, 0);
    }

    /** Sets a register from a descriptor that was checked. */
    public static void set(Segment segment, int selector, long descriptor) {
        segment.set(
                selector & 0xFFFF,
                Descriptors.base(descriptor),
                Descriptors.limit(descriptor),
                Descriptors.attributes(descriptor) | Segment.ACCESSED);
    }

    /** Enters a code segment that was checked, at privilege {@code level}. */
    public static void setCode(Processor cpu, int selector, long descriptor, int level) {
        Descriptors.markAccessed(cpu, selector, descriptor);
        set(cpu.segments[Segment.CS], selector & ~3 | level, descriptor);
        cpu.setCpl(level);
        cpu.updateCodeSize();
    }

    /** Refuses an offset that lies outside the code segment about to be entered: #GP(0), or with EXT. */
    public static void checkTarget(Processor cpu, long descriptor, long offset, int external) {
        boolean long64 = cpu.longMode() && Descriptors.isLong(descriptor);
        boolean inside = long64
                ? Descriptors.isCanonical(offset)
                : Long.compareUnsigned(offset, Descriptors.limit(descriptor)) <= 0;
        if (!inside) {
            throw cpu.fault(Vector.GP, external);
        }
    }

    /**
     * After a return to an outer level: data segments that are too privileged for it become null, and null selectors become 0
     * without a change of the base (Intel SDM volume 2, IRET).
     */
    public static void dropPrivilegedData(Processor cpu) {
        dropPrivileged(cpu, Segment.ES);
        dropPrivileged(cpu, Segment.DS);
        dropPrivileged(cpu, Segment.FS);
        dropPrivileged(cpu, Segment.GS);
    }

    /** Whether {@link #dropPrivilegedData} at a level would change nothing. */
    static boolean keepsData(Processor cpu, int level) {
        return keeps(cpu.segments[Segment.ES], level)
                && keeps(cpu.segments[Segment.DS], level)
                && keeps(cpu.segments[Segment.FS], level)
                && keeps(cpu.segments[Segment.GS], level);
    }

    private static boolean keeps(Segment segment, int level) {
        return Descriptors.isNull(segment.selector) ? segment.selector == 0 : !privileged(segment, level);
    }

    private static boolean privileged(Segment segment, int level) {
        boolean conforming = segment.has(Segment.EXECUTABLE | Segment.CONFORMING);
        return segment.has(Segment.PRESENT) && !conforming && segment.dpl() < level;
    }

    private static void dropPrivileged(Processor cpu, int number) {
        Segment segment = cpu.segments[number];
        if (Descriptors.isNull(segment.selector)) {
            segment.selector = 0;
        } else if (privileged(segment, cpu.cpl)) {
            segment.set(0, 0, 0, 0);
        }
    }
}
