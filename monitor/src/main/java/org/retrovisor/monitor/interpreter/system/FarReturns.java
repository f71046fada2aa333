package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.SegmentLoader;
import org.retrovisor.monitor.processor.TaskSwitch;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.processor.Processor.RIP;
import static org.retrovisor.monitor.processor.Processor.RSP;

/**
 * Far RET and IRET, to the same and to outer levels, and to virtual-8086 mode.
 *
 * <p>IRET with RFLAGS.NT set is the return from a nested task; long mode has no tasks, and it raises #GP(0) there.
 */
final class FarReturns {
    private static final int IRET_ANY_SIZE = Flags.STATUS | Control.TF | Control.DF | Control.NT;
    private static final int IRET_32 = Control.RF | Control.AC | Control.ID;

    private FarReturns() {}

    static void bind(SemanticsTable table) {
        table.bind("RETF", (cpu, i) -> farReturn(cpu, i.operandSize, 0));
        table.bind("RETF_Iw", (cpu, i) -> farReturn(cpu, i.operandSize, (int) i.immediate));
        table.bind("IRET", FarReturns::interruptReturn);
    }

    // ---------------------------------------------------------------- RET

    private static void farReturn(Processor cpu, int size, int release) {
        long offset = slot(cpu, size, 0);
        int selector = (int) slot(cpu, size, 1) & 0xFFFF;
        if (FarTransfers.withoutDescriptors(cpu)) {
            SegmentLoader.load(cpu, Segment.CS, selector);
            cpu.moveStack(2L * size + release);
            cpu.gpr[RIP] = offset;
            return;
        }
        long code = checkCode(cpu, selector);
        SegmentLoader.checkTarget(cpu, code, offset, 0);
        if ((selector & 3) == cpu.cpl) {
            int stackSize = cpu.stackSize();
            SegmentLoader.setCode(cpu, selector, code, cpu.cpl);
            cpu.set(RSP, stackSize, cpu.gpr[RSP] + 2L * size + release);
        } else {
            long pointer = cpu.mmu.load(cpu.stackLinear(2L * size + release, size), size);
            int stackSelector = cpu.mmu.load16(cpu.stackLinear(3L * size + release, 2));
            enterWithStack(cpu, selector, code, stackSelector, pointer);
            cpu.moveStack(release);
        }
        cpu.gpr[RIP] = offset;
    }

    // ---------------------------------------------------------------- IRET

    private static void interruptReturn(Processor cpu, Instruction i) {
        int size = i.operandSize;
        cpu.nmiBlocked = false; // also when it faults (SDM volume 3, section 6.7.1)
        if (FarTransfers.withoutDescriptors(cpu)) {
            returnReal(cpu, size);
        } else {
            if ((cpu.systemFlags & Control.NT) != 0) {
                returnFromTask(cpu);
                return;
            }
            boolean toVirtual = size == 4 && cpu.cpl == 0 && !cpu.longMode() && (slot(cpu, size, 2) & Control.VM) != 0;
            if (toVirtual) {
                returnToVirtual8086(cpu);
            } else {
                returnProtected(cpu, size);
            }
        }
    }

    private static void returnFromTask(Processor cpu) {
        if (cpu.longMode()) {
            throw cpu.fault(Vector.GP, 0);
        }
        TaskSwitch.to(cpu, TaskSwitch.Way.RETURN, TaskSwitch.link(cpu), 0);
    }

    private static void returnReal(Processor cpu, int size) {
        if (cpu.virtual8086() && (cpu.systemFlags & Control.IOPL) != Control.IOPL) {
            throw cpu.fault(Vector.GP, 0);
        }
        long offset = slot(cpu, size, 0);
        int selector = (int) slot(cpu, size, 1) & 0xFFFF;
        int flags = returnedFlags(cpu, (int) slot(cpu, size, 2), size);
        if (offset > cpu.segments[Segment.CS].limit) {
            throw cpu.fault(Vector.GP, 0);
        }
        SegmentLoader.load(cpu, Segment.CS, selector);
        cpu.moveStack(3L * size);
        cpu.gpr[RIP] = offset;
        cpu.setRflags(flags);
    }

    private static void returnProtected(Processor cpu, int size) {
        long offset = slot(cpu, size, 0);
        int selector = (int) slot(cpu, size, 1) & 0xFFFF;
        int flags = returnedFlags(cpu, (int) slot(cpu, size, 2), size);
        long code = checkCode(cpu, selector);
        SegmentLoader.checkTarget(cpu, code, offset, 0);
        if (cpu.mode64() || (selector & 3) != cpu.cpl) { // 64-bit mode always pops SS:RSP
            long pointer = slot(cpu, size, 3);
            int stackSelector = (int) slot(cpu, size, 4) & 0xFFFF;
            enterWithStack(cpu, selector, code, stackSelector, pointer);
        } else {
            int stackSize = cpu.stackSize();
            SegmentLoader.setCode(cpu, selector, code, cpu.cpl);
            cpu.set(RSP, stackSize, cpu.gpr[RSP] + 3L * size);
        }
        cpu.gpr[RIP] = offset;
        cpu.setRflags(flags);
    }

    /** From level 0 only: the frame holds all segment registers. */
    private static void returnToVirtual8086(Processor cpu) {
        long[] frame = new long[9];
        for (int n = 0; n < frame.length; n++) {
            frame[n] = slot(cpu, 4, n);
        }
        cpu.gpr[RIP] = frame[0] & 0xFFFF;
        cpu.set32(RSP, (int) frame[3]);
        SegmentLoader.loadVirtual8086(cpu, Segment.CS, (int) frame[1]);
        SegmentLoader.loadVirtual8086(cpu, Segment.SS, (int) frame[4]);
        SegmentLoader.loadVirtual8086(cpu, Segment.ES, (int) frame[5]);
        SegmentLoader.loadVirtual8086(cpu, Segment.DS, (int) frame[6]);
        SegmentLoader.loadVirtual8086(cpu, Segment.FS, (int) frame[7]);
        SegmentLoader.loadVirtual8086(cpu, Segment.GS, (int) frame[8]);
        cpu.setRflags((int) frame[2]);
        cpu.setCpl(3);
        cpu.updateCodeSize();
    }

    /** RFLAGS after IRET: the level that executes it decides which bits it may change. */
    private static int returnedFlags(Processor cpu, int image, int size) {
        int mask = IRET_ANY_SIZE | (size == 2 ? 0 : IRET_32);
        if (cpu.cpl == 0) {
            boolean reached = size != 2 && (cpu.protectedMode() || !cpu.has(ModelChange.REAL_MODE_VIRTUAL_FLAGS));
            mask |= Control.IOPL | (reached ? Control.VIF | Control.VIP : 0);
        }
        if (cpu.cpl <= (cpu.systemFlags & Control.IOPL) >> 12) {
            mask |= Control.IF;
        }
        return cpu.rflags() & ~mask | image & mask;
    }

    // ---------------------------------------------------------------- shared

    private static long slot(Processor cpu, int size, int number) {
        return cpu.mmu.load(cpu.stackLinear((long) number * size, size), size);
    }

    /** The descriptor of the code segment to return to; #GP or #NP. */
    private static long checkCode(Processor cpu, int selector) {
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, 0);
        }
        long code = Descriptors.read(cpu, selector, Vector.GP, 0);
        int level = selector & 3;
        boolean matches = Descriptors.isConforming(code)
                ? Descriptors.dpl(code) <= level
                : Descriptors.dpl(code) == level;
        if (level < cpu.cpl || !Descriptors.isCode(code) || !matches || FarTransfers.ambiguous(cpu, code)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        if (!Descriptors.present(code)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
        return code;
    }

    /** Loads CS, SS and RSP; all checks come before the first change. */
    private static void enterWithStack(Processor cpu, int selector, long code, int stackSelector, long pointer) {
        int level = selector & 3;
        boolean long64 = cpu.longMode() && Descriptors.isLong(code);
        boolean nullStack = Descriptors.isNull(stackSelector);
        long stack = 0;
        if (!nullStack) {
            stack = SegmentLoader.checkStack(cpu, stackSelector, level, Vector.GP, 0);
            Descriptors.markAccessed(cpu, stackSelector, stack);
        } else if (!long64 || level == 3 || (stackSelector & 3) != level) {
            throw cpu.fault(Vector.GP, 0);
        }
        boolean outward = level != cpu.cpl;
        SegmentLoader.setCode(cpu, selector, code, level);
        if (nullStack) {
            SegmentLoader.setNullStack(cpu, level);
        } else {
            SegmentLoader.set(cpu.segments[Segment.SS], stackSelector, stack);
        }
        cpu.set(RSP, cpu.stackSize(), pointer);
        if (outward) {
            SegmentLoader.dropPrivilegedData(cpu);
        }
    }
}
