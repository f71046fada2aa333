package org.retrovisor.monitor.processor;

/** Delivery through the 16-byte gates of long mode (AMD APM volume 2, section 8.9). */
final class LongDelivery {
    private static final int IDT_BIT = 2;
    private static final int FRAME_WITHOUT_ERROR = 40;

    private LongDelivery() {}

    static void deliver(Processor cpu, int vector, int errorCode, Event event) {
        int external = event.externalBit();
        int inIdt = vector << 3 | IDT_BIT | external;
        long offset = vector * 16L;
        if (offset + 15 > cpu.idtLimit) {
            throw cpu.fault(Vector.GP, inIdt);
        }
        long gate = Descriptors.load64(cpu, cpu.idtBase + offset);
        long upper = Descriptors.load64(cpu, cpu.idtBase + offset + 8);
        checkGate(cpu, gate, inIdt, event);
        int selector = Descriptors.gateSelector(gate);
        long code = readCode(cpu, selector, external);
        int level = Descriptors.isConforming(code) ? cpu.cpl : Descriptors.dpl(code);
        long target = Descriptors.gateOffset(gate) | upper << 32;
        if (!Descriptors.isCanonical(target)) {
            throw cpu.fault(Vector.GP, external);
        }
        int ist = (int) (gate >>> 32) & 7;
        long top = stackTop(cpu, ist, level, external) & ~15L;
        long pointer = pushFrame(cpu, top, errorCode, level, event);
        boolean inward = level != cpu.cpl;
        SegmentLoader.setCode(cpu, selector, code, level);
        if (inward) {
            SegmentLoader.setNullStack(cpu, level);
        }
        cpu.gpr[Processor.RSP] = pointer;
        cpu.gpr[Processor.RIP] = target;
        cpu.setRflags(Delivery.flagsInside(cpu, Descriptors.type(gate) == Descriptors.INTERRUPT_GATE));
    }

    private static void checkGate(Processor cpu, long gate, int inIdt, Event event) {
        int type = Descriptors.type(gate);
        boolean known = type == Descriptors.INTERRUPT_GATE || type == Descriptors.TRAP_GATE;
        boolean allowed = event != Event.SOFTWARE || Descriptors.dpl(gate) >= cpu.cpl;
        if (!known || !Descriptors.isSystem(gate) || !allowed) {
            throw cpu.fault(Vector.GP, inIdt);
        }
        if (!Descriptors.present(gate)) {
            throw cpu.fault(Vector.NP, inIdt);
        }
    }

    /** The code segment behind a gate: 64-bit code, not less privileged than the interrupted program. */
    private static long readCode(Processor cpu, int selector, int external) {
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, external);
        }
        long code = Descriptors.read(cpu, selector, Vector.GP, external);
        boolean long64 = Descriptors.isLong(code) && (Descriptors.attributes(code) & Segment.BIG) == 0;
        if (!Descriptors.isCode(code) || !long64 || Descriptors.dpl(code) > cpu.cpl) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector) | external);
        }
        if (!Descriptors.present(code)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector) | external);
        }
        return code;
    }

    private static long stackTop(Processor cpu, int ist, int level, int external) {
        if (ist != 0) {
            return TaskState.interruptStack(cpu, ist, external);
        }
        return level != cpu.cpl ? TaskState.stackPointer64(cpu, level, external) : cpu.gpr[Processor.RSP];
    }

    /** Pushes the frame with the rights of the new level; the stack pointer behind it. */
    private static long pushFrame(Processor cpu, long top, int errorCode, int level, Event event) {
        int before = level < 3 ? cpu.mmu.enterSupervisor() : cpu.mmu.context();
        try {
            return pushFrame(cpu, top, errorCode, event);
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    private static long pushFrame(Processor cpu, long top, int errorCode, Event event) {
        int bytes = errorCode == GuestFault.NO_ERROR_CODE ? FRAME_WITHOUT_ERROR : FRAME_WITHOUT_ERROR + 8;
        long bottom = top - bytes;
        if (!Descriptors.isCanonical(bottom) || !Descriptors.isCanonical(top - 1)) {
            throw cpu.fault(Vector.SS, event.externalBit());
        }
        Mmu mmu = cpu.mmu;
        mmu.store64(top - 8, cpu.segments[Segment.SS].selector);
        mmu.store64(top - 16, cpu.gpr[Processor.RSP]);
        mmu.store64(top - 24, Delivery.flagsImage(cpu, event));
        mmu.store64(top - 32, cpu.segments[Segment.CS].selector);
        mmu.store64(top - 40, cpu.gpr[Processor.RIP]);
        if (errorCode != GuestFault.NO_ERROR_CODE) {
            mmu.store64(bottom, errorCode);
        }
        return bottom;
    }
}
