package org.retrovisor.monitor.processor;

/** Delivery through the interrupt vector table of real mode: four bytes a vector, offset and segment. */
final class RealDelivery {
    private RealDelivery() {}

    static void deliver(Processor cpu, int vector) {
        if (vector * 4 + 3 > cpu.idtLimit) {
            throw cpu.fault(Vector.GP, 0);
        }
        int entry = cpu.mmu.load32(cpu.idtBase + vector * 4L);
        NewStack stack = NewStack.current(cpu, 0);
        stack.push(2, cpu.rflags());
        stack.push(2, cpu.segments[Segment.CS].selector);
        stack.push(2, cpu.gpr[Processor.RIP]);
        stack.commitPointer();
        SegmentLoader.loadReal(cpu, Segment.CS, entry >>> 16);
        cpu.gpr[Processor.RIP] = entry & 0xFFFF;
        cpu.setRflags(cpu.rflags() & ~(Control.IF | Control.TF | Control.AC | Control.RF));
    }
}
