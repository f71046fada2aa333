package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.NewStack;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.SegmentLoader;
import org.retrovisor.monitor.processor.TaskState;
import org.retrovisor.monitor.processor.TaskSwitch;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.processor.Processor.RIP;
import static org.retrovisor.monitor.processor.Processor.RSP;

/**
 * Far JMP and far CALL, to code segments and through call gates (AMD APM volume 2, sections 4.11 and 4.12).
 *
 * <p>A TSS or a task gate as the target is a task switch, which long mode does not have: #GP(selector).
 */
final class FarTransfers {
    private FarTransfers() {}

    static void bind(SemanticsTable table) {
        table.bind("JMPF_Ap", (cpu, i) -> jump(cpu, i.immediate2, i.immediate));
        table.bind("JMPF_Mp", (cpu, i) -> jump(cpu, selector(cpu, i), offset(cpu, i)));
        table.bind("CALLF_Ap", (cpu, i) -> call(cpu, i.immediate2, i.immediate, i.operandSize));
        table.bind("CALLF_Mp", (cpu, i) -> call(cpu, selector(cpu, i), offset(cpu, i), i.operandSize));
    }

    private static long offset(Processor cpu, Instruction i) {
        return cpu.mmu.load(cpu.linear(i), i.operandSize);
    }

    private static int selector(Processor cpu, Instruction i) {
        return cpu.mmu.load16(cpu.linear(i) + i.operandSize);
    }

    // ---------------------------------------------------------------- jump

    private static void jump(Processor cpu, int selector, long offset) {
        if (withoutDescriptors(cpu)) {
            checkRealTarget(cpu, offset);
            SegmentLoader.load(cpu, Segment.CS, selector);
            cpu.gpr[RIP] = offset;
            return;
        }
        long descriptor = target(cpu, selector);
        if (leadsToTask(cpu, descriptor)) {
            switchTask(cpu, TaskSwitch.Way.JUMP, selector, descriptor);
        } else if (Descriptors.isSystem(descriptor)) {
            CallGate gate = CallGate.read(cpu, selector, descriptor);
            if (gate.inward(cpu)) {
                throw cpu.fault(Vector.GP, Descriptors.errorCode(gate.selector()));
            }
            enter(cpu, gate.selector(), gate.code(), gate.offset());
        } else {
            checkDirect(cpu, selector, descriptor);
            SegmentLoader.checkTarget(cpu, descriptor, offset, 0);
            enter(cpu, selector, descriptor, offset);
        }
    }

    private static void enter(Processor cpu, int selector, long code, long offset) {
        SegmentLoader.setCode(cpu, selector, code, cpu.cpl);
        cpu.gpr[RIP] = offset;
    }

    // ---------------------------------------------------------------- call

    private static void call(Processor cpu, int selector, long offset, int size) {
        if (withoutDescriptors(cpu)) {
            checkRealTarget(cpu, offset);
            pushReturn(cpu, NewStack.current(cpu, 0), size).commitPointer();
            SegmentLoader.load(cpu, Segment.CS, selector);
            cpu.gpr[RIP] = offset;
            return;
        }
        long descriptor = target(cpu, selector);
        if (leadsToTask(cpu, descriptor)) {
            switchTask(cpu, TaskSwitch.Way.CALL, selector, descriptor);
        } else if (Descriptors.isSystem(descriptor)) {
            callGate(cpu, CallGate.read(cpu, selector, descriptor));
        } else {
            checkDirect(cpu, selector, descriptor);
            SegmentLoader.checkTarget(cpu, descriptor, offset, 0);
            NewStack stack = pushReturn(cpu, NewStack.current(cpu, 0), size);
            SegmentLoader.setCode(cpu, selector, descriptor, cpu.cpl);
            stack.commitPointer();
            cpu.gpr[RIP] = offset;
        }
    }

    private static void callGate(Processor cpu, CallGate gate) {
        if (!gate.inward(cpu)) {
            NewStack stack = cpu.longMode() ? NewStack.flat(cpu, cpu.gpr[RSP], 0) : NewStack.current(cpu, 0);
            pushReturn(cpu, stack, gate.size());
            SegmentLoader.setCode(cpu, gate.selector(), gate.code(), cpu.cpl);
            stack.commitPointer();
        } else if (cpu.longMode()) {
            callInwardLong(cpu, gate);
        } else {
            callInwardLegacy(cpu, gate);
        }
        cpu.gpr[RIP] = gate.offset();
    }

    private static void callInwardLong(Processor cpu, CallGate gate) {
        int level = Descriptors.dpl(gate.code());
        NewStack stack = NewStack.flat(cpu, TaskState.stackPointer64(cpu, level, 0), 0);
        int before = cpu.mmu.enterSupervisor();
        try {
            pushCaller(cpu, stack, 8);
            pushReturn(cpu, stack, 8);
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
        SegmentLoader.setCode(cpu, gate.selector(), gate.code(), level);
        SegmentLoader.setNullStack(cpu, level);
        stack.commitPointer();
    }

    private static void callInwardLegacy(Processor cpu, CallGate gate) {
        int level = Descriptors.dpl(gate.code());
        long fromTss = TaskState.legacyStack(cpu, level, 0);
        int selector = (int) (fromTss >>> 32);
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.TS, 0);
        }
        long descriptor = SegmentLoader.checkStack(cpu, selector, level, Vector.TS, 0);
        Descriptors.markAccessed(cpu, selector, descriptor);
        NewStack stack = NewStack.of(cpu, selector, descriptor, fromTss & 0xFFFF_FFFFL, 0);
        long[] parameters = parameters(cpu, gate);
        int before = cpu.mmu.enterSupervisor();
        try {
            pushCaller(cpu, stack, gate.size());
            for (long parameter : parameters) {
                stack.push(gate.size(), parameter);
            }
            pushReturn(cpu, stack, gate.size());
        } finally {
            cpu.mmu.leaveSupervisor(before);
        }
        SegmentLoader.setCode(cpu, gate.selector(), gate.code(), level);
        stack.commit();
    }

    /** The caller's parameters, the one pushed first coming first. */
    private static long[] parameters(Processor cpu, CallGate gate) {
        long[] parameters = new long[gate.parameters()];
        for (int n = 0; n < parameters.length; n++) {
            int distance = (parameters.length - 1 - n) * gate.size();
            parameters[n] = cpu.mmu.load(cpu.stackLinear(distance, gate.size()), gate.size());
        }
        return parameters;
    }

    private static void pushCaller(Processor cpu, NewStack stack, int size) {
        stack.push(size, cpu.segments[Segment.SS].selector);
        stack.push(size, cpu.gpr[RSP]);
    }

    private static NewStack pushReturn(Processor cpu, NewStack stack, int size) {
        stack.push(size, cpu.segments[Segment.CS].selector);
        stack.push(size, cpu.gpr[RIP]);
        return stack;
    }

    // ---------------------------------------------------------------- tasks

    private static boolean leadsToTask(Processor cpu, long descriptor) {
        boolean task = switch (Descriptors.type(descriptor)) {
            case Descriptors.TSS_AVAILABLE, Descriptors.TSS16_AVAILABLE, Descriptors.TASK_GATE -> true;
            default -> false;
        };
        return task && Descriptors.isSystem(descriptor) && !cpu.longMode();
    }

    /** The privilege of the gate or of the TSS, whichever was named, counts. */
    private static void switchTask(Processor cpu, TaskSwitch.Way way, int selector, long descriptor) {
        if (Descriptors.dpl(descriptor) < Math.max(cpu.cpl, selector & 3)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        boolean gate = Descriptors.type(descriptor) == Descriptors.TASK_GATE;
        if (gate && !Descriptors.present(descriptor)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
        TaskSwitch.to(cpu, way, gate ? Descriptors.gateSelector(descriptor) : selector, 0);
    }

    // ---------------------------------------------------------------- checks

    static boolean withoutDescriptors(Processor cpu) {
        return !cpu.protectedMode() || cpu.virtual8086();
    }

    private static void checkRealTarget(Processor cpu, long offset) {
        if (offset > cpu.segments[Segment.CS].limit) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    private static long target(Processor cpu, int selector) {
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, 0);
        }
        return Descriptors.read(cpu, selector, Vector.GP, 0);
    }

    private static void checkDirect(Processor cpu, int selector, long code) {
        boolean reachable = Descriptors.isConforming(code)
                ? Descriptors.dpl(code) <= cpu.cpl
                : (selector & 3) <= cpu.cpl && Descriptors.dpl(code) == cpu.cpl;
        if (!Descriptors.isCode(code) || !reachable || ambiguous(cpu, code)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        if (!Descriptors.present(code)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
    }

    /** In long mode L and D together are reserved. */
    static boolean ambiguous(Processor cpu, long code) {
        int both = Segment.LONG | Segment.BIG;
        return cpu.longMode() && (Descriptors.attributes(code) & both) == both;
    }
}
