package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** PUSH, POP, ENTER, LEAVE and the flags on the stack. Segment registers are not here. */
final class Stack {
    private static final int RSP = Processor.RSP;
    private static final int RBP = Processor.RBP;

    private Stack() {}

    static void bind(SemanticsTable table) {
        table.bindChooser("PUSH_Zv", i -> i.operandSize == 8 ? Stack::pushRegister64 : Stack::pushRegister);
        table.bindChooser("POP_Zv", i -> i.operandSize == 8 ? Stack::popRegister64 : Stack::popRegister);
        table.bindChooser("PUSH_Ib", i -> i.operandSize == 8 ? Stack::pushImmediate64 : Stack::pushImmediate);
        table.bindChooser("PUSH_Iz", i -> i.operandSize == 8 ? Stack::pushImmediate64 : Stack::pushImmediate);
        table.bindForms("PUSH_Ev", Stack::pushRegister, Stack::pushMemory);
        table.bindForms("POP_Ev", Stack::popRegister, Stack::popMemory);
        table.bind("PUSHA", Stack::pushAll);
        table.bind("POPA", Stack::popAll);
        table.bind("ENTER_Iw_Ib", Stack::enter);
        table.bindChooser("LEAVE", i -> i.operandSize == 8 ? Stack::leave64 : Stack::leave);
        table.bind("PUSHF", Stack::pushFlags);
        table.bind("POPF", Stack::popFlags);
    }

    // ---------------------------------------------------------------- PUSH

    private static void pushRegister64(Processor cpu, Instruction i) {
        push64(cpu, cpu.gpr[i.rm]);
    }

    private static void push64(Processor cpu, long value) {
        long stack = cpu.gpr[RSP] - 8;
        cpu.mmu.store64(stack, value);
        cpu.gpr[RSP] = stack;
    }

    private static void pushImmediate64(Processor cpu, Instruction i) {
        push64(cpu, i.immediate);
    }

    private static void pushRegister(Processor cpu, Instruction i) {
        cpu.push(i.operandSize, cpu.gpr[i.rm]);
    }

    private static void pushImmediate(Processor cpu, Instruction i) {
        cpu.push(i.operandSize, i.immediate);
    }

    private static void pushMemory(Processor cpu, Instruction i) {
        cpu.push(i.operandSize, cpu.mmu.load(cpu.linear(i), i.operandSize));
    }

    /** PUSHA: all eight slots are checked before the first is written. */
    private static void pushAll(Processor cpu, Instruction i) {
        int size = i.operandSize;
        for (int slot = 1; slot <= 8; slot++) {
            cpu.mmu.checkWrite(cpu.stackLinear(-(long) slot * size, size), size);
        }
        for (int number = 0; number < 8; number++) {
            cpu.mmu.store(cpu.stackLinear(-(number + 1L) * size, size), size, cpu.gpr[number]);
        }
        cpu.moveStack(-8L * size);
    }

    // ---------------------------------------------------------------- POP

    private static void popRegister64(Processor cpu, Instruction i) {
        long value = cpu.mmu.load64(cpu.gpr[RSP]);
        cpu.gpr[RSP] += 8;
        cpu.gpr[i.rm] = value;
    }

    private static void popRegister(Processor cpu, Instruction i) {
        long value = cpu.pop(i.operandSize);
        cpu.set(i.rm, i.operandSize, value);
    }

    /** An address that depends on RSP is computed with the RSP behind the pop. */
    private static void popMemory(Processor cpu, Instruction i) {
        long before = cpu.gpr[RSP];
        long value = cpu.pop(i.operandSize);
        try {
            cpu.mmu.store(cpu.linear(i), i.operandSize, value);
        } catch (GuestFault fault) {
            cpu.gpr[RSP] = before;
            throw fault;
        }
    }

    /** POPA: all slots are read before the first register changes; the stack pointer's slot is skipped. */
    private static void popAll(Processor cpu, Instruction i) {
        int size = i.operandSize;
        for (int slot = 0; slot < 8; slot++) {
            cpu.mmu.checkRead(cpu.stackLinear((long) slot * size, size), size);
        }
        for (int number = 0; number < 8; number++) {
            if (number != RSP) {
                cpu.set(number, size, cpu.mmu.load(cpu.stackLinear((7L - number) * size, size), size));
            }
        }
        cpu.moveStack(8L * size);
    }

    // ---------------------------------------------------------------- frames

    /** ENTER: the frame pointers of the enclosing levels are copied; RSP and RBP change when all of it is done. */
    private static void enter(Processor cpu, Instruction i) {
        int size = i.operandSize;
        int level = i.immediate2 & 31;
        long frame = -(long) size;
        if (!cpu.has(ModelChange.ENTER_PUSHES_DOWNWARD)) {
            cpu.mmu.checkWrite(cpu.stackLinear(-(level + 1L) * size, size), size);
        }
        cpu.mmu.store(cpu.stackLinear(frame, size), size, cpu.gpr[RBP]);
        for (int n = 1; n < level; n++) {
            long link = cpu.mmu.load(cpu.stackLinear(cpu.gpr[RBP] - cpu.gpr[RSP] - (long) n * size, size), size);
            cpu.mmu.store(cpu.stackLinear(frame - (long) n * size, size), size, link);
        }
        long framePointer = cpu.gpr[RSP] + frame;
        if (level > 0) {
            cpu.mmu.store(cpu.stackLinear(frame - (long) level * size, size), size, framePointer);
        }
        long distance = frame - (long) level * size - (i.immediate & 0xFFFF);
        cpu.mmu.checkWrite(cpu.stackLinear(distance, 1), 1);
        cpu.set(RBP, size, framePointer);
        cpu.moveStack(distance);
    }

    private static void leave64(Processor cpu, Instruction i) {
        long frame = cpu.gpr[RBP];
        long value = cpu.mmu.load64(frame);
        cpu.gpr[RSP] = frame + 8;
        cpu.gpr[RBP] = value;
    }

    private static void leave(Processor cpu, Instruction i) {
        long frame = cpu.gpr[RBP];
        long value = cpu.mmu.load(cpu.stackLinear(frame - cpu.gpr[RSP], i.operandSize), i.operandSize);
        cpu.set(RSP, cpu.stackSize(), frame + i.operandSize);
        cpu.set(RBP, i.operandSize, value);
    }

    // ---------------------------------------------------------------- flags

    private static void checkVirtual8086(Processor cpu) {
        if (cpu.virtual8086() && (cpu.systemFlags & Control.IOPL) != Control.IOPL) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    private static void pushFlags(Processor cpu, Instruction i) {
        checkVirtual8086(cpu);
        cpu.push(i.operandSize, cpu.rflags() & ~(Control.RF | Control.VM));
    }

    private static void popFlags(Processor cpu, Instruction i) {
        checkVirtual8086(cpu);
        int popped = (int) cpu.pop(i.operandSize);
        int mask = poppable(cpu) & (i.operandSize == 2 ? 0xFFFF : -1);
        cpu.setRflags((cpu.rflags() & ~mask | popped & mask) & ~Control.RF);
    }

    /** The flags that POPF may change here: IOPL at CPL 0 only, IF with CPL up to IOPL; never VM, VIF, VIP. */
    private static int poppable(Processor cpu) {
        int always = Flags.STATUS | Control.TF | Control.DF | Control.NT | Control.AC | Control.ID;
        if (!cpu.protectedMode() || cpu.cpl == 0) {
            return always | Control.IF | Control.IOPL;
        }
        int ioPrivilege = (cpu.systemFlags & Control.IOPL) >> 12;
        return cpu.virtual8086() || cpu.cpl <= ioPrivilege ? always | Control.IF : always;
    }
}
