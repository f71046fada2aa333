package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** LAR, LSL, VERR, VERW and ARPL: what a selector is worth; ZF is the answer, and no fault comes from the selector. */
final class ProtectionChecks {
    /** With bits 16 to 19 of the limit, which Intel's manual leaves undefined, AMD's names, and silicon shows. */
    private static final int LAR_MASK = 0x00FF_FF00;
    private static final int LAR_MASK_WITHOUT_LIMIT = 0x00F0_FF00;
    /** Bit t is set when LAR knows system type t, outside and in long mode. */
    private static final int LAR_LEGACY = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11 | 1 << 12;

    private static final int LAR_LONG = 1 << 2 | 1 << 9 | 1 << 11 | 1 << 12;
    private static final int LSL_LEGACY = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 9 | 1 << 11;
    private static final int LSL_LONG = 1 << 2 | 1 << 9 | 1 << 11;

    private ProtectionChecks() {}

    static void bind(SemanticsTable table) {
        table.bind("LAR_Gv_Ew", ProtectionChecks::accessRights);
        table.bind("LSL_Gv_Ew", ProtectionChecks::limit);
        table.bind("VERR_Ew", (cpu, i) -> verify(cpu, i, false));
        table.bind("VERW_Ew", (cpu, i) -> verify(cpu, i, true));
        table.bind("ARPL_Ew_Gw", ProtectionChecks::adjustRpl);
    }

    static int selectorOperand(Processor cpu, Instruction i) {
        return i.memory ? cpu.mmu.load16(cpu.linear(i)) : cpu.get16(i.rm);
    }

    private static void accessRights(Processor cpu, Instruction i) {
        DescriptorTables.checkDescriptorMode(cpu);
        int selector = selectorOperand(cpu, i);
        long descriptor = visible(cpu, selector, cpu.longMode() ? LAR_LONG : LAR_LEGACY);
        if (descriptor != 0) {
            int mask = cpu.has(ModelChange.LAR_SHOWS_LIMIT) ? LAR_MASK : LAR_MASK_WITHOUT_LIMIT;
            long rights = descriptor >>> 32 & mask;
            cpu.set(i.reg, i.operandSize, i.operandSize == 2 ? rights & 0xFF00 : rights);
        }
        cpu.flags.setZero(descriptor != 0);
    }

    private static void limit(Processor cpu, Instruction i) {
        DescriptorTables.checkDescriptorMode(cpu);
        int selector = selectorOperand(cpu, i);
        long descriptor = visible(cpu, selector, cpu.longMode() ? LSL_LONG : LSL_LEGACY);
        if (descriptor != 0) {
            cpu.set(i.reg, i.operandSize, Descriptors.limit(descriptor));
        }
        cpu.flags.setZero(descriptor != 0);
    }

    private static void verify(Processor cpu, Instruction i, boolean write) {
        DescriptorTables.checkDescriptorMode(cpu);
        long descriptor = visible(cpu, selectorOperand(cpu, i), 0);
        boolean code = Descriptors.isCode(descriptor);
        boolean typeBit = (Descriptors.type(descriptor) & Segment.WRITABLE) != 0;
        boolean able = write ? !code && typeBit : !code || typeBit;
        cpu.flags.setZero(descriptor != 0 && able);
    }

    private static void adjustRpl(Processor cpu, Instruction i) {
        DescriptorTables.checkDescriptorMode(cpu);
        int wanted = cpu.get16(i.reg) & 3;
        long linear = i.memory ? cpu.linear(i) : 0;
        int selector = i.memory ? cpu.mmu.load16(linear) : cpu.get16(i.rm);
        boolean raise = (selector & 3) < wanted;
        int adjusted = raise ? selector & ~3 | wanted : selector;
        if (!i.memory) {
            cpu.set16(i.rm, adjusted);
        } else if (raise || !cpu.has(ModelChange.ARPL_WRITES_CHANGES)) {
            cpu.mmu.store16(linear, adjusted);
        }
        cpu.flags.setZero(raise);
    }

    /** The descriptor, or 0 when the program may not see it or its system type is not among {@code systemTypes}. */
    private static long visible(Processor cpu, int selector, int systemTypes) {
        if (Descriptors.isNull(selector) || Descriptors.address(cpu, selector, 8) == -1) {
            return 0;
        }
        long descriptor = Descriptors.load64(cpu, Descriptors.address(cpu, selector, 8));
        if (Descriptors.isSystem(descriptor) && (systemTypes >> Descriptors.type(descriptor) & 1) == 0) {
            return 0;
        }
        boolean allowed = Descriptors.isConforming(descriptor)
                || Math.max(cpu.cpl, selector & 3) <= Descriptors.dpl(descriptor);
        return allowed ? descriptor : 0;
    }
}
