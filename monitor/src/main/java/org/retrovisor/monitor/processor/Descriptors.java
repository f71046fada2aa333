package org.retrovisor.monitor.processor;

/** Descriptors as they lie in the GDT, LDT and IDT (AMD APM volume 2, sections 4.7 and 4.8). */
public final class Descriptors {
    /** System types, as in bits 40 to 43. */
    public static final int TSS16_AVAILABLE = 1;

    public static final int LDT = 2;
    public static final int TSS16_BUSY = 3;
    public static final int CALL_GATE_16 = 4;
    public static final int TASK_GATE = 5;
    public static final int INTERRUPT_GATE_16 = 6;
    public static final int TRAP_GATE_16 = 7;
    public static final int TSS_AVAILABLE = 9;
    public static final int TSS_BUSY = 11;
    public static final int CALL_GATE = 12;
    public static final int INTERRUPT_GATE = 14;
    public static final int TRAP_GATE = 15;

    /** The table indicator of a selector: LDT. */
    private static final long LAST_PAGE_OF_LOWER_HALF = 0x7_FFFF_FFFFL;
    private static final int TABLE_INDICATOR = 4;

    private static final int ACCESSED_BYTE = 5;

    private Descriptors() {}

    /** Whether a selector is null, whatever its RPL. */
    public static boolean isNull(int selector) {
        return (selector & 0xFFFC) == 0;
    }

    /** A selector without its RPL, as error codes hold it. */
    public static int errorCode(int selector) {
        return selector & 0xFFFC;
    }

    /** The linear address of a descriptor of {@code bytes} bytes, or -1 when its table does not reach so far. */
    public static long address(Processor cpu, int selector, int bytes) {
        int offset = selector & 0xFFF8;
        if ((selector & TABLE_INDICATOR) == 0) {
            return offset + bytes - 1 <= cpu.gdtLimit ? cpu.gdtBase + offset : -1;
        }
        Segment ldtr = cpu.segments[Segment.LDTR];
        boolean inside = ldtr.has(Segment.PRESENT) && offset + bytes - 1 <= ldtr.limit;
        return inside ? ldtr.base + offset : -1;
    }

    /**
     * The descriptor that a selector names.
     *
     * @param vector the exception when the table does not reach so far
     * @param external the EXT bit of the error code
     * @throws GuestFault {@code vector}(selector), #PF
     */
    public static long read(Processor cpu, int selector, int vector, int external) {
        long address = address(cpu, selector, 8);
        if (address == -1) {
            throw cpu.fault(vector, errorCode(selector) | external);
        }
        return load64(cpu, address);
    }

    /** The upper eight bytes of a 16-byte descriptor of long mode. */
    public static long readUpper(Processor cpu, int selector, int vector, int external) {
        long address = address(cpu, selector, 16);
        if (address == -1) {
            throw cpu.fault(vector, errorCode(selector) | external);
        }
        return load64(cpu, address + 8);
    }

    /** Eight bytes, read with the rights of the processor itself. */
    public static long load64(Processor cpu, long linear) {
        int before = cpu.mmu.enterSupervisor();
        try {
            return cpu.mmu.load64(linear);
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    /** Sets the accessed bit in memory when it is clear there. */
    public static void markAccessed(Processor cpu, int selector, long descriptor) {
        if ((attributes(descriptor) & Segment.ACCESSED) == 0) {
            storeAccessByte(cpu, selector, attributes(descriptor) | Segment.ACCESSED);
        }
    }

    /** Replaces the access byte in memory. */
    public static void storeAccessByte(Processor cpu, int selector, int accessByte) {
        int before = cpu.mmu.enterSupervisor();
        try {
            cpu.mmu.store8(address(cpu, selector, 8) + ACCESSED_BYTE, accessByte);
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    /** The base address, 32 bits. */
    public static long base(long descriptor) {
        return descriptor >>> 16 & 0xFF_FFFF | descriptor >>> 56 << 24;
    }

    /** The limit in bytes, scaled by G. */
    public static long limit(long descriptor) {
        long limit = descriptor & 0xFFFF | descriptor >>> 32 & 0xF_0000;
        return (attributes(descriptor) & Segment.GRANULAR) != 0 ? limit << 12 | 0xFFF : limit;
    }

    /** The attributes as {@link Segment#attributes} has them. */
    public static int attributes(long descriptor) {
        return (int) (descriptor >>> 40) & 0xF0FF;
    }

    /** Descriptor privilege level. */
    public static int dpl(long descriptor) {
        return (int) (descriptor >>> 45) & 3;
    }

    public static boolean present(long descriptor) {
        return (descriptor >>> 47 & 1) != 0;
    }

    /** The four type bits. */
    public static int type(long descriptor) {
        return (int) (descriptor >>> 40) & 15;
    }

    /** Whether it is a gate, an LDT or a TSS. */
    public static boolean isSystem(long descriptor) {
        return (attributes(descriptor) & Segment.CODE_OR_DATA) == 0;
    }

    /** Whether it is a code segment. */
    public static boolean isCode(long descriptor) {
        int wanted = Segment.CODE_OR_DATA | Segment.EXECUTABLE;
        return (attributes(descriptor) & wanted) == wanted;
    }

    /** Whether it is a conforming code segment. */
    public static boolean isConforming(long descriptor) {
        return isCode(descriptor) && (type(descriptor) & Segment.CONFORMING) != 0;
    }

    /** Whether it is a data segment that may be written, as SS must be. */
    public static boolean isWritableData(long descriptor) {
        int mask = Segment.CODE_OR_DATA | Segment.EXECUTABLE | Segment.WRITABLE;
        return (attributes(descriptor) & mask) == (Segment.CODE_OR_DATA | Segment.WRITABLE);
    }

    /** Whether a code segment holds 64-bit code (in long mode). */
    public static boolean isLong(long descriptor) {
        return (attributes(descriptor) & Segment.LONG) != 0;
    }

    /** The code selector of a gate. */
    public static int gateSelector(long descriptor) {
        return (int) (descriptor >>> 16) & 0xFFFF;
    }

    /** The low 32 bits of a gate's offset. */
    public static long gateOffset(long descriptor) {
        return descriptor & 0xFFFF | descriptor >>> 32 & 0xFFFF_0000L;
    }

    /** Whether a linear address is on the last page below those that are not canonical in 64-bit mode. */
    public static boolean isOnLastPageOfLowerHalf(long linear) {
        return linear >>> 12 == LAST_PAGE_OF_LOWER_HALF;
    }

    /** Whether a linear address has its upper 17 bits equal. */
    public static boolean isCanonical(long linear) {
        return linear << 16 >> 16 == linear;
    }
}
