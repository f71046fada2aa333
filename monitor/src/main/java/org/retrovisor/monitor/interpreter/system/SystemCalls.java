package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.FlatSegments;
import org.retrovisor.monitor.processor.Msr;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.processor.Processor.RCX;
import static org.retrovisor.monitor.processor.Processor.RDX;
import static org.retrovisor.monitor.processor.Processor.RIP;
import static org.retrovisor.monitor.processor.Processor.RSP;

/**
 * SYSCALL, SYSRET, SYSENTER and SYSEXIT, as Intel's processors have them: SYSCALL and SYSRET in 64-bit mode only, SYSENTER
 * and SYSEXIT in long mode too.
 */
final class SystemCalls {
    private static final int R11 = 11;
    /** What SYSRET takes from R11. */
    private static final int SYSRET_FLAGS = Flags.STATUS
            | Control.TF
            | Control.IF
            | Control.DF
            | Control.IOPL
            | Control.NT
            | Control.AC
            | Control.VIF
            | Control.VIP
            | Control.ID;

    private SystemCalls() {}

    static void bind(SemanticsTable table) {
        table.bind("SYSCALL", (cpu, i) -> call(cpu));
        table.bind("SYSRET", SystemCalls::leave);
        table.bind("SYSENTER", (cpu, i) -> fastEnter(cpu));
        table.bind("SYSEXIT", SystemCalls::fastExit);
    }

    private static void call(Processor cpu) {
        checkEnabled(cpu);
        int flags = cpu.rflags();
        cpu.gpr[RCX] = cpu.gpr[RIP];
        cpu.gpr[R11] = flags;
        cpu.gpr[RIP] = cpu.msrs.get(Msr.LSTAR);
        FlatSegments.call(cpu);
        cpu.setRflags(flags & ~(int) cpu.msrs.get(Msr.SFMASK));
        cpu.stepInhibited = (cpu.systemFlags & Control.TF) == 0;
    }

    private static void leave(Processor cpu, Instruction i) {
        checkEnabled(cpu);
        boolean to64 = i.operandSize == 8;
        long target = to64 ? cpu.gpr[RCX] : cpu.gpr[RCX] & 0xFFFF_FFFFL;
        if (cpu.cpl != 0 || !Descriptors.isCanonical(target)) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.gpr[RIP] = target;
        FlatSegments.callReturn(cpu, to64);
        cpu.setRflags((int) cpu.gpr[R11] & SYSRET_FLAGS);
    }

    private static void fastEnter(Processor cpu) {
        int selector = (int) cpu.msrs.get(Msr.SYSENTER_CS) & 0xFFFC;
        if (!cpu.protectedMode() || selector == 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        boolean to64 = cpu.longMode();
        long mask = to64 ? -1L : 0xFFFF_FFFFL;
        cpu.setRflags(cpu.rflags() & ~(Control.VM | Control.IF | Control.RF));
        cpu.gpr[RSP] = cpu.msrs.get(Msr.SYSENTER_ESP) & mask;
        cpu.gpr[RIP] = cpu.msrs.get(Msr.SYSENTER_EIP) & mask;
        FlatSegments.load(cpu, selector, to64 ? FlatSegments.CODE_64 : FlatSegments.CODE_32, selector + 8, 0);
    }

    private static void fastExit(Processor cpu, Instruction i) {
        int selector = (int) cpu.msrs.get(Msr.SYSENTER_CS) & 0xFFFC;
        if (!cpu.protectedMode() || selector == 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        boolean to64 = i.operandSize == 8;
        long mask = to64 ? -1L : 0xFFFF_FFFFL;
        long pointer = cpu.gpr[RCX] & mask;
        long target = cpu.gpr[RDX] & mask;
        if (!Descriptors.isCanonical(pointer) || !Descriptors.isCanonical(target)) {
            throw cpu.fault(Vector.GP, 0);
        }
        int code = selector + (to64 ? 32 : 16);
        cpu.gpr[RSP] = pointer;
        cpu.gpr[RIP] = target;
        FlatSegments.load(cpu, code, to64 ? FlatSegments.CODE_64 : FlatSegments.CODE_32, code + 8, 3);
    }

    private static void checkEnabled(Processor cpu) {
        if ((cpu.efer & Control.EFER_SCE) == 0) {
            throw cpu.fault(Vector.UD);
        }
    }
}
