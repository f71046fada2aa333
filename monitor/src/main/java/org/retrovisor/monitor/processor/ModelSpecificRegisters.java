package org.retrovisor.monitor.processor;

import java.util.Arrays;
import org.retrovisor.monitor.boundary.Space;

/**
 * The model-specific registers of one processor: {@link Msr} says which there are and how each behaves.
 *
 * <p>Numbers that no register has raise #GP(0), as on a processor. The timestamp counter is the boundary's timestamp plus
 * an offset of the guest's, so that WRMSR to it changes nothing outside.
 */
public final class ModelSpecificRegisters {
    private static final Msr[] BY_NUMBER = Msr.byNumber();
    private static final int[] NUMBERS = Arrays.stream(BY_NUMBER).mapToInt(register -> register.number).toArray();
    /** Bit t is set when memory type t exists; PAT has UC- (7) besides. */
    private static final int MTRR_TYPES = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;

    private static final int PAT_TYPES = MTRR_TYPES | 1 << 7;
    private static final long MTRR_PAGE = (1L << PageWalker.PHYSICAL_BITS) - 1 & ~0xFFFL;

    private final Processor cpu;
    private final long[] values = new long[BY_NUMBER.length];

    ModelSpecificRegisters(Processor cpu) {
        this.cpu = cpu;
        reset();
    }

    /** Sets all to their values after power-on. */
    void reset() {
        for (Msr register : BY_NUMBER) {
            values[register.ordinal()] = register.initial;
        }
    }

    /** The stored value of a register that the processor itself keeps. */
    public long get(Msr register) {
        return values[register.ordinal()];
    }

    /** Sets a stored value without any check. */
    public void set(Msr register, long value) {
        values[register.ordinal()] = value;
    }

    /** What the guest's timestamp counter is ahead of the boundary's. */
    public long timestampOffset() {
        return get(Msr.TSC_ADJUST);
    }

    /** The timestamp counter as RDTSC shows it; asks the boundary. */
    public long timestamp() {
        return cpu.boundary().timestamp(cpu) + timestampOffset();
    }

    /** RDMSR; #GP(0) for a number that no register has. */
    public long read(int number) {
        Msr register = find(number);
        return switch (register.kind) {
            case STORED, CANONICAL, MEMORY_TYPES, MTRR_BASE, MTRR_DEFAULT, CONSTANT, IGNORED, TIMESTAMP_OFFSET ->
                get(register);
            case COMMAND -> throw cpu.fault(Vector.GP, 0);
            case PLATFORM -> cpu.boundary().read(cpu, Space.MSR, number & 0xFFFF_FFFFL, 8);
            case DEADLINE -> readDeadline(number);
            case TIMESTAMP -> timestamp();
            case EXTENDED_FEATURES -> cpu.efer;
            case SEGMENT_BASE -> segment(register).base;
        };
    }

    /** WRMSR; #GP(0) for a number that no register has, and for values that it does not take. */
    public void write(int number, long value) {
        Msr register = find(number);
        refuse(!accepts(register, value));
        switch (register.kind) {
            case STORED, CANONICAL, MEMORY_TYPES, MTRR_BASE, MTRR_DEFAULT, TIMESTAMP_OFFSET -> set(register, value);
            case IGNORED, COMMAND -> {}
            case CONSTANT -> refuse(true);
            case PLATFORM -> cpu.boundary().write(cpu, Space.MSR, number & 0xFFFF_FFFFL, 8, value);
            case DEADLINE -> writeDeadline(number, value);
            case TIMESTAMP -> set(Msr.TSC_ADJUST, value - cpu.boundary().timestamp(cpu));
            case EXTENDED_FEATURES -> ControlRegisters.setEfer(cpu, value);
            case SEGMENT_BASE -> segment(register).base = value;
        }
    }

    /** Whether the stored value is one that {@link #write} could have stored. */
    boolean holds(Msr register) {
        return switch (register.kind) {
            case STORED, CANONICAL, MEMORY_TYPES, MTRR_BASE, MTRR_DEFAULT -> accepts(register, get(register));
            case TIMESTAMP_OFFSET -> true;
            default -> get(register) == register.initial;
        };
    }

    private boolean accepts(Msr register, long value) {
        return switch (register.kind) {
            case STORED, COMMAND, PLATFORM -> (value & ~register.writable) == 0;
            case CANONICAL, SEGMENT_BASE -> Descriptors.isCanonical(value);
            case MEMORY_TYPES -> typesExist(value, register == Msr.PAT ? PAT_TYPES : MTRR_TYPES);
            case MTRR_BASE -> (value & ~(MTRR_PAGE | 0xFF)) == 0 && typeExists(value & 0xFF, MTRR_TYPES);
            case MTRR_DEFAULT -> (value & ~register.writable) == 0 && typeExists(value & 0xFF, MTRR_TYPES);
            default -> true;
        };
    }

    private static boolean typesExist(long types, int existing) {
        for (int shift = 0; shift < 64; shift += 8) {
            if (!typeExists(types >>> shift & 0xFF, existing)) {
                return false;
            }
        }
        return true;
    }

    private static boolean typeExists(long type, int existing) {
        return type < 8 && (existing >> type & 1) != 0;
    }

    /** The platform counts without the guest's offset; 0 means disarmed on both sides. */
    private long readDeadline(int number) {
        long deadline = cpu.boundary().read(cpu, Space.MSR, number, 8);
        return deadline == 0 ? 0 : deadline + timestampOffset();
    }

    private void writeDeadline(int number, long value) {
        cpu.boundary().write(cpu, Space.MSR, number, 8, value == 0 ? 0 : value - timestampOffset());
    }

    private Segment segment(Msr register) {
        return cpu.segments[register == Msr.FS_BASE ? Segment.FS : Segment.GS];
    }

    private Msr find(int number) {
        int at = Arrays.binarySearch(NUMBERS, number);
        refuse(at < 0);
        return BY_NUMBER[at];
    }

    private void refuse(boolean bad) {
        if (bad) {
            throw cpu.fault(Vector.GP, 0);
        }
    }
}
