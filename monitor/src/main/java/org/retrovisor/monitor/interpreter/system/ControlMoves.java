package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.ControlRegisters;
import org.retrovisor.monitor.processor.DebugRegisters;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** MOV of control and debug registers, and what else touches CR0; the instructions on caches, which do nothing. */
final class ControlMoves {
    private static final int MACHINE_STATUS = 0xF;
    private static final int LAST_DEBUG_REGISTER = 7;

    private ControlMoves() {}

    static void bind(SemanticsTable table) {
        table.bindChooser("MOV_Rq_Cq", i -> reader(i.reg));
        table.bindChooser("MOV_Cq_Rq", i -> writer(i.reg));
        table.bindChooser("MOV_Rq_Dq", i -> debug(i, (cpu, x) -> set(cpu, x, DebugRegisters.read(cpu, x.reg))));
        table.bindChooser("MOV_Dq_Rq", i -> debug(i, (cpu, x) -> DebugRegisters.write(cpu, x.reg, get(cpu, x))));
        table.bind("SMSW_Ev", ControlMoves::storeStatus);
        table.bind("LMSW_Ew", ControlMoves::loadStatus);
        table.bind("CLTS", (cpu, i) -> cpu.cr0 &= ~Control.CR0_TS);
        Semantics nothing = (cpu, i) -> {};
        table.bind("INVLPG_Mb", nothing);
        table.bind("INVD", nothing);
        table.bind("WBINVD", nothing);
    }

    private static Semantics reader(int register) {
        return switch (register) {
            case 0 -> (cpu, i) -> set(cpu, i, cpu.cr0);
            case 2 -> (cpu, i) -> set(cpu, i, cpu.cr2);
            case 3 -> (cpu, i) -> set(cpu, i, cpu.cr3);
            case 4 -> (cpu, i) -> set(cpu, i, cpu.cr4);
            case 8 -> (cpu, i) -> set(cpu, i, cpu.boundary().read(cpu, Space.MSR, Space.CR8, 8));
            default -> SemanticsTable.UNDEFINED_FORM;
        };
    }

    private static Semantics writer(int register) {
        return switch (register) {
            case 0 -> (cpu, i) -> ControlRegisters.setCr0(cpu, get(cpu, i));
            case 2 -> (cpu, i) -> cpu.cr2 = get(cpu, i);
            case 3 -> (cpu, i) -> ControlRegisters.setCr3(cpu, get(cpu, i));
            case 4 -> (cpu, i) -> ControlRegisters.setCr4(cpu, get(cpu, i));
            case 8 -> ControlMoves::setTaskPriority;
            default -> SemanticsTable.UNDEFINED_FORM;
        };
    }

    private static Semantics debug(Instruction chosenFor, Semantics move) {
        return chosenFor.reg > LAST_DEBUG_REGISTER ? SemanticsTable.UNDEFINED_FORM : move;
    }

    private static void setTaskPriority(Processor cpu, Instruction i) {
        long priority = get(cpu, i);
        if (priority >>> 4 != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        cpu.boundary().write(cpu, Space.MSR, Space.CR8, 8, priority);
    }

    /** These moves are 64 bits wide in 64-bit mode and 32 bits elsewhere, whatever the operand size. */
    private static int size(Instruction i) {
        return i.operandSize == 8 ? 8 : 4;
    }

    private static long get(Processor cpu, Instruction i) {
        return cpu.get(i.rm, size(i));
    }

    private static void set(Processor cpu, Instruction i, long value) {
        cpu.set(i.rm, size(i), value);
    }

    private static void storeStatus(Processor cpu, Instruction i) {
        DescriptorTables.checkUserMode(cpu);
        if (i.memory) {
            cpu.mmu.store16(cpu.linear(i), (int) cpu.cr0);
        } else {
            cpu.set(i.rm, i.operandSize, cpu.cr0);
        }
    }

    /** PE can be set in this way, but not cleared. */
    private static void loadStatus(Processor cpu, Instruction i) {
        long status = ProtectionChecks.selectorOperand(cpu, i) & MACHINE_STATUS;
        ControlRegisters.setCr0(cpu, cpu.cr0 & ~(MACHINE_STATUS & ~Control.CR0_PE) | status);
    }
}
