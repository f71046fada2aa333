package org.retrovisor.monitor.processor;

/**
 * A stack that frames are pushed to before anything of the transfer is certain: memory changes below the stack pointer,
 * registers only at {@link #commitPointer}.
 */
public final class NewStack {
    private final Processor cpu;
    private final Segment segment;
    private final int errorCode;
    private final boolean flat;
    private final boolean big;
    private long pointer;

    private NewStack(Processor cpu, Segment segment, long pointer, boolean flat, int errorCode) {
        this.cpu = cpu;
        this.segment = segment;
        this.pointer = pointer;
        this.flat = flat;
        this.big = flat || segment.has(Segment.BIG);
        this.errorCode = errorCode;
    }

    /** The stack in use. */
    public static NewStack current(Processor cpu, int external) {
        return new NewStack(cpu, cpu.segments[Segment.SS], cpu.gpr[Processor.RSP], cpu.mode64(), external);
    }

    /** A stack of legacy mode whose segment is not loaded yet. */
    public static NewStack of(Processor cpu, int selector, long descriptor, long pointer, int external) {
        Segment segment = new Segment();
        SegmentLoader.set(segment, selector, descriptor);
        int name = cpu.has(ModelChange.INNER_STACK_SELECTOR) ? Descriptors.errorCode(selector) : 0;
        return new NewStack(cpu, segment, pointer, false, name | external);
    }

    /** A stack of 64-bit mode. */
    public static NewStack flat(Processor cpu, long pointer, int external) {
        return new NewStack(cpu, new Segment(), pointer, true, external);
    }

    /** Pushes 2, 4 or 8 bytes with the access rights in force. */
    public void push(int size, long value) {
        long next = cut(pointer - size);
        cpu.mmu.store(linear(next, size), size, value);
        pointer = flat || big ? next : pointer & ~0xFFFFL | next;
    }

    /** The stack pointer after the pushes. */
    public long pointer() {
        return pointer;
    }

    /** Sets RSP to what the pushes made of it, in the stack's own size. */
    public void commitPointer() {
        cpu.set(Processor.RSP, flat ? 8 : big ? 4 : 2, pointer);
    }

    /** Loads SS as well. */
    public void commit() {
        cpu.segments[Segment.SS].set(segment);
        commitPointer();
    }

    private long cut(long value) {
        return flat ? value : value & (big ? 0xFFFF_FFFFL : 0xFFFF);
    }

    private long linear(long offset, int size) {
        if (flat) {
            if (!Descriptors.isCanonical(offset) || !Descriptors.isCanonical(offset + size - 1)) {
                throw cpu.fault(Vector.SS, errorCode);
            }
            return offset;
        }
        long last = offset + size - 1;
        if (!segment.contains(offset) || !segment.contains(last)) {
            throw cpu.fault(Vector.SS, errorCode);
        }
        return segment.base + offset & 0xFFFF_FFFFL;
    }
}
