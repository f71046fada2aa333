package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.SegmentLoader;

import static org.retrovisor.monitor.processor.Processor.RSP;

/** MOV, PUSH and POP of segment registers, and loads of far pointers. */
final class SegmentInstructions {
    private SegmentInstructions() {}

    static void bind(SemanticsTable table) {
        table.bindForms("MOV_Ev_Sw", SegmentInstructions::storeRegister, SegmentInstructions::storeMemory);
        table.bindForms("MOV_Sw_Ew", SegmentInstructions::loadRegister, SegmentInstructions::loadMemory);
        bindStack(table, "ES", Segment.ES);
        bindStack(table, "SS", Segment.SS);
        bindStack(table, "DS", Segment.DS);
        bindStack(table, "FS", Segment.FS);
        bindStack(table, "GS", Segment.GS);
        table.bind("PUSH_CS", (cpu, i) -> push(cpu, i, Segment.CS));
        table.bind("LES_Gz_Mp", (cpu, i) -> loadFarPointer(cpu, i, Segment.ES));
        table.bind("LDS_Gz_Mp", (cpu, i) -> loadFarPointer(cpu, i, Segment.DS));
        table.bind("LSS_Gv_Mp", (cpu, i) -> loadFarPointer(cpu, i, Segment.SS));
        table.bind("LFS_Gv_Mp", (cpu, i) -> loadFarPointer(cpu, i, Segment.FS));
        table.bind("LGS_Gv_Mp", (cpu, i) -> loadFarPointer(cpu, i, Segment.GS));
    }

    private static void bindStack(SemanticsTable table, String name, int segment) {
        table.bind("PUSH_" + name, (cpu, i) -> push(cpu, i, segment));
        table.bind("POP_" + name, (cpu, i) -> pop(cpu, i, segment));
    }

    private static void storeRegister(Processor cpu, Instruction i) {
        cpu.set(i.rm, i.operandSize, cpu.segments[i.reg & 7].selector);
    }

    private static void storeMemory(Processor cpu, Instruction i) {
        cpu.mmu.store16(cpu.linear(i), cpu.segments[i.reg & 7].selector);
    }

    private static void loadRegister(Processor cpu, Instruction i) {
        load(cpu, i.reg & 7, cpu.get16(i.rm));
    }

    private static void loadMemory(Processor cpu, Instruction i) {
        load(cpu, i.reg & 7, cpu.mmu.load16(cpu.linear(i)));
    }

    private static void load(Processor cpu, int segment, int selector) {
        SegmentLoader.load(cpu, segment, selector);
        if (segment == Segment.SS) {
            holdBack(cpu);
        }
    }

    /** Nothing may come between a load of SS and the load of RSP behind it. */
    private static void holdBack(Processor cpu) {
        cpu.interruptShadow = true;
        cpu.stepInhibited = true;
    }

    private static void push(Processor cpu, Instruction i, int segment) {
        cpu.push(i.operandSize, cpu.segments[segment].selector);
    }

    private static void pop(Processor cpu, Instruction i, int segment) {
        int selector = (int) cpu.mmu.load(cpu.stackLinear(0, i.operandSize), i.operandSize) & 0xFFFF;
        int stackSize = cpu.stackSize(); // a new SS may have another size, too late for this pop
        load(cpu, segment, selector);
        cpu.set(RSP, stackSize, cpu.gpr[RSP] + i.operandSize);
    }

    private static void loadFarPointer(Processor cpu, Instruction i, int segment) {
        long linear = cpu.linear(i);
        long offset = cpu.mmu.load(linear, i.operandSize);
        int selector = cpu.mmu.load16(linear + i.operandSize);
        SegmentLoader.load(cpu, segment, selector);
        cpu.set(i.reg, i.operandSize, offset);
    }
}
