package org.retrovisor.monitor.processor;

/** Delivery through the 8-byte gates of protected mode, from virtual-8086 mode too (Intel SDM volume 3, section 6.12). */
final class LegacyDelivery {
    private static final int IDT_BIT = 2;

    private LegacyDelivery() {}

    static void deliver(Processor cpu, int vector, int errorCode, Event event) {
        int external = event.externalBit();
        int inIdt = vector << 3 | IDT_BIT | external;
        if (vector * 8 + 7 > cpu.idtLimit) {
            throw cpu.fault(Vector.GP, inIdt);
        }
        long gate = Descriptors.load64(cpu, cpu.idtBase + vector * 8L);
        checkGate(cpu, gate, inIdt, event);
        if (Descriptors.type(gate) == Descriptors.TASK_GATE) {
            int flags = Delivery.flagsOfLeftTask(cpu, event);
            TaskSwitch.toHandler(cpu, Descriptors.gateSelector(gate), external, errorCode, flags);
            return;
        }
        int selector = Descriptors.gateSelector(gate);
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, external);
        }
        long code = Descriptors.read(cpu, selector, Vector.GP, external);
        int level = levelOf(cpu, selector, code, external);
        int size = (Descriptors.type(gate) & 8) != 0 ? 4 : 2;
        long target = size == 4 ? Descriptors.gateOffset(gate) : gate & 0xFFFF;
        SegmentLoader.checkTarget(cpu, code, target, external);
        NewStack stack = level < cpu.cpl ? innerStack(cpu, level, external) : NewStack.current(cpu, external);
        pushFrame(cpu, stack, size, errorCode, level, event);
        commit(cpu, stack, selector, code, level);
        cpu.gpr[Processor.RIP] = target;
        cpu.setRflags(Delivery.flagsInside(cpu, (Descriptors.type(gate) & 1) == 0));
    }

    private static void checkGate(Processor cpu, long gate, int inIdt, Event event) {
        int type = Descriptors.type(gate) & ~9; // without the bits for 32-bit and for trap
        boolean known = type == Descriptors.INTERRUPT_GATE_16 || Descriptors.type(gate) == Descriptors.TASK_GATE;
        boolean allowed = event != Event.SOFTWARE || Descriptors.dpl(gate) >= cpu.cpl;
        if (!known || !Descriptors.isSystem(gate) || !allowed) {
            throw cpu.fault(Vector.GP, inIdt);
        }
        if (!Descriptors.present(gate)) {
            throw cpu.fault(Vector.NP, inIdt);
        }
    }

    private static int levelOf(Processor cpu, int selector, long code, int external) {
        boolean outward = Descriptors.dpl(code) > cpu.cpl;
        int level = Descriptors.isConforming(code) ? cpu.cpl : Descriptors.dpl(code);
        if (!Descriptors.isCode(code) || outward || cpu.virtual8086() && level != 0) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector) | external);
        }
        if (!Descriptors.present(code)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector) | external);
        }
        return level;
    }

    private static NewStack innerStack(Processor cpu, int level, int external) {
        long fromTss = TaskState.legacyStack(cpu, level, external);
        int selector = (int) (fromTss >>> 32);
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.TS, external);
        }
        long descriptor = SegmentLoader.checkStack(cpu, selector, level, Vector.TS, external);
        Descriptors.markAccessed(cpu, selector, descriptor);
        return NewStack.of(cpu, selector, descriptor, fromTss & 0xFFFF_FFFFL, external);
    }

    private static void pushFrame(Processor cpu, NewStack stack, int size, int errorCode, int level, Event event) {
        int before = level < 3 ? cpu.mmu.enterSupervisor() : cpu.mmu.context();
        try {
            if (cpu.virtual8086()) {
                pushSegment(cpu, stack, size, Segment.GS);
                pushSegment(cpu, stack, size, Segment.FS);
                pushSegment(cpu, stack, size, Segment.DS);
                pushSegment(cpu, stack, size, Segment.ES);
            }
            if (level < cpu.cpl) {
                pushSegment(cpu, stack, size, Segment.SS);
                stack.push(size, cpu.gpr[Processor.RSP]);
            }
            stack.push(size, Delivery.flagsImage(cpu, event));
            pushSegment(cpu, stack, size, Segment.CS);
            stack.push(size, cpu.gpr[Processor.RIP]);
            if (errorCode != GuestFault.NO_ERROR_CODE) {
                stack.push(size, errorCode);
            }
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
    }

    private static void pushSegment(Processor cpu, NewStack stack, int size, int number) {
        stack.push(size, cpu.segments[number].selector);
    }

    private static void commit(Processor cpu, NewStack stack, int selector, long code, int level) {
        boolean inward = level < cpu.cpl;
        SegmentLoader.setCode(cpu, selector, code, level);
        if (inward) {
            stack.commit();
        } else {
            stack.commitPointer();
        }
        if (cpu.virtual8086()) {
            for (int number : new int[]{Segment.ES, Segment.DS, Segment.FS, Segment.GS}) {
                cpu.segments[number].set(0, 0, 0, 0);
            }
        }
    }
}
