package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

/** Loads and stores of GDTR, IDTR, LDTR, TR and the machine status word. */
final class DescriptorTables {
    private DescriptorTables() {}

    static void bind(SemanticsTable table) {
        table.bind("SGDT_Ms", (cpu, i) -> storeTable(cpu, i, cpu.gdtLimit, cpu.gdtBase));
        table.bind("SIDT_Ms", (cpu, i) -> storeTable(cpu, i, cpu.idtLimit, cpu.idtBase));
        table.bind("LGDT_Ms", DescriptorTables::loadGdt);
        table.bind("LIDT_Ms", DescriptorTables::loadIdt);
        table.bind("SLDT_Ev", (cpu, i) -> storeSelector(cpu, i, Segment.LDTR));
        table.bind("STR_Ev", (cpu, i) -> storeSelector(cpu, i, Segment.TR));
        table.bind("LLDT_Ew", DescriptorTables::loadLdt);
        table.bind("LTR_Ew", DescriptorTables::loadTask);
    }

    // ---------------------------------------------------------------- GDTR, IDTR

    private static void storeTable(Processor cpu, Instruction i, int limit, long base) {
        checkUserMode(cpu);
        long linear = cpu.linear(i);
        int baseSize = cpu.mode64() ? 8 : 4;
        cpu.mmu.checkWrite(linear, 2 + baseSize);
        cpu.mmu.store16(linear, limit);
        cpu.mmu.store(linear + 2, baseSize, base);
    }

    private static void loadGdt(Processor cpu, Instruction i) {
        long base = loadBase(cpu, i);
        cpu.gdtLimit = cpu.mmu.load16(cpu.linear(i));
        cpu.gdtBase = base;
    }

    private static void loadIdt(Processor cpu, Instruction i) {
        long base = loadBase(cpu, i);
        cpu.idtLimit = cpu.mmu.load16(cpu.linear(i));
        cpu.idtBase = base;
    }

    private static long loadBase(Processor cpu, Instruction i) {
        long linear = cpu.linear(i);
        cpu.mmu.checkRead(linear, 2 + (cpu.mode64() ? 8 : 4));
        long base = cpu.mmu.load(linear + 2, cpu.mode64() ? 8 : 4);
        if (!Descriptors.isCanonical(base)) {
            throw cpu.fault(Vector.GP, 0);
        }
        boolean narrow = i.operandSize == 2 && !cpu.mode64();
        return narrow ? base & 0xFF_FFFF : base;
    }

    // ---------------------------------------------------------------- LDTR, TR

    private static void storeSelector(Processor cpu, Instruction i, int register) {
        checkDescriptorMode(cpu);
        checkUserMode(cpu);
        int selector = cpu.segments[register].selector;
        if (i.memory) {
            cpu.mmu.store16(cpu.linear(i), selector);
        } else {
            cpu.set(i.rm, i.operandSize, selector);
        }
    }

    private static void loadLdt(Processor cpu, Instruction i) {
        int selector = privilegedOperand(cpu, i);
        if (Descriptors.isNull(selector)) {
            cpu.segments[Segment.LDTR].set(selector, 0, 0, 0);
            return;
        }
        long descriptor = readSystem(cpu, selector);
        if (Descriptors.type(descriptor) != Descriptors.LDT) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        checkPresent(cpu, selector, descriptor);
        setSystem(cpu, Segment.LDTR, selector, descriptor, upperBase(cpu, selector));
    }

    private static void loadTask(Processor cpu, Instruction i) {
        int selector = privilegedOperand(cpu, i);
        if (Descriptors.isNull(selector)) {
            throw cpu.fault(Vector.GP, 0);
        }
        long descriptor = readSystem(cpu, selector);
        int type = Descriptors.type(descriptor);
        boolean available = type == Descriptors.TSS_AVAILABLE
                || type == Descriptors.TSS16_AVAILABLE && !cpu.longMode();
        if (!available) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        checkPresent(cpu, selector, descriptor);
        long upper = upperBase(cpu, selector);
        long busy = descriptor | 2L << 40;
        Descriptors.storeAccessByte(cpu, selector, Descriptors.attributes(busy));
        setSystem(cpu, Segment.TR, selector, busy, upper);
    }

    private static int privilegedOperand(Processor cpu, Instruction i) {
        checkDescriptorMode(cpu);
        if (cpu.cpl != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        return ProtectionChecks.selectorOperand(cpu, i);
    }

    /** A system descriptor, which must be in the GDT. */
    private static long readSystem(Processor cpu, int selector) {
        if ((selector & 4) != 0) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        long descriptor = Descriptors.read(cpu, selector, Vector.GP, 0);
        if (!Descriptors.isSystem(descriptor)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        return descriptor;
    }

    private static void checkPresent(Processor cpu, int selector, long descriptor) {
        if (!Descriptors.present(descriptor)) {
            throw cpu.fault(Vector.NP, Descriptors.errorCode(selector));
        }
    }

    /** Bits 32 to 63 of the base in long mode, at their place; 0 outside. */
    private static long upperBase(Processor cpu, int selector) {
        if (!cpu.longMode()) {
            return 0;
        }
        long upper = Descriptors.readUpper(cpu, selector, Vector.GP, 0);
        if ((upper >>> 40 & 0x1F) != 0 || !Descriptors.isCanonical(upper << 32)) {
            throw cpu.fault(Vector.GP, Descriptors.errorCode(selector));
        }
        return upper << 32;
    }

    private static void setSystem(Processor cpu, int register, int selector, long descriptor, long upperBase) {
        cpu.segments[register].set(
                selector,
                Descriptors.base(descriptor) | upperBase,
                Descriptors.limit(descriptor),
                Descriptors.attributes(descriptor));
    }

    // ---------------------------------------------------------------- checks

    /** SGDT, SIDT, SLDT, STR and SMSW are for the kernel only when CR4.UMIP says so. */
    static void checkUserMode(Processor cpu) {
        if (cpu.cpl != 0 && (cpu.cr4 & Control.CR4_UMIP) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
    }

    /** Instructions on selectors are undefined in real and virtual-8086 mode. */
    static void checkDescriptorMode(Processor cpu) {
        if (FarTransfers.withoutDescriptors(cpu)) {
            throw cpu.fault(Vector.UD);
        }
    }
}
