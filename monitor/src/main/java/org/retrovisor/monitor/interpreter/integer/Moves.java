package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.isa.Semantics.Chooser;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.interpreter.SemanticsTable.bySize;

/** MOV and its relatives: no flag changes. */
final class Moves {
    private static final long LOW32 = 0xFFFF_FFFFL;

    private Moves() {}

    static void bind(SemanticsTable table) {
        table.bindForms(
                "MOV_Eb_Gb",
                (cpu, i) -> cpu.set8(i.rm, cpu.get8(i.reg)),
                (cpu, i) -> cpu.mmu.store8(cpu.linear(i), cpu.get8(i.reg)));
        table.bindChooser("MOV_Ev_Gv", forms(TO_RM, STORE));
        table.bindForms(
                "MOV_Gb_Eb",
                (cpu, i) -> cpu.set8(i.reg, cpu.get8(i.rm)),
                (cpu, i) -> cpu.set8(i.reg, cpu.mmu.load8(cpu.linear(i))));
        table.bindChooser("MOV_Gv_Ev", forms(TO_REG, LOAD));
        immediates(table);
        offsets(table);
        extensions(table);
        table.bindChooser("LEA_Gv_M", Moves::lea);
        table.bindForms(
                "MOVNTI_My_Gy", null, (cpu, i) -> cpu.mmu.store(cpu.linear(i), i.wide ? 8 : 4, cpu.gpr[i.reg]));
        movbe(table);
        table.bind("BSWAP_Zv", Moves::bswap);
        table.bind("XLAT_Xb", Moves::xlat);
    }

    /** A chooser by form, then by operand size. */
    static Chooser forms(Chooser register, Chooser memory) {
        return i -> (i.memory ? memory : register).choose(i);
    }

    // ---------------------------------------------------------------- MOV

    private static final Chooser TO_RM = bySize(
            (cpu, i) -> cpu.set16(i.rm, cpu.get16(i.reg)),
            (cpu, i) -> cpu.gpr[i.rm] = cpu.gpr[i.reg] & LOW32,
            (cpu, i) -> cpu.gpr[i.rm] = cpu.gpr[i.reg]);

    private static final Chooser TO_REG = bySize(
            (cpu, i) -> cpu.set16(i.reg, cpu.get16(i.rm)),
            (cpu, i) -> cpu.gpr[i.reg] = cpu.gpr[i.rm] & LOW32,
            (cpu, i) -> cpu.gpr[i.reg] = cpu.gpr[i.rm]);

    private static final Chooser STORE = bySize(
            (cpu, i) -> cpu.mmu.store16(cpu.linear(i), cpu.get16(i.reg)),
            (cpu, i) -> cpu.mmu.store32(cpu.linear(i), (int) cpu.gpr[i.reg]),
            (cpu, i) -> cpu.mmu.store64(cpu.linear(i), cpu.gpr[i.reg]));

    private static final Chooser LOAD = bySize(
            (cpu, i) -> cpu.set16(i.reg, cpu.mmu.load16(cpu.linear(i))),
            (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load32(cpu.linear(i)) & LOW32,
            (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load64(cpu.linear(i)));

    private static final Chooser IMMEDIATE = bySize(
            (cpu, i) -> cpu.set16(i.rm, (int) i.immediate),
            (cpu, i) -> cpu.gpr[i.rm] = i.immediate & LOW32,
            (cpu, i) -> cpu.gpr[i.rm] = i.immediate);

    private static void immediates(SemanticsTable table) {
        table.bindForms(
                "MOV_Eb_Ib",
                (cpu, i) -> cpu.set8(i.rm, (int) i.immediate),
                (cpu, i) -> cpu.mmu.store8(cpu.linear(i), (int) i.immediate));
        table.bindChooser(
                "MOV_Ev_Iz",
                forms(
                        IMMEDIATE,
                        bySize(
                                (cpu, i) -> cpu.mmu.store16(cpu.linear(i), (int) i.immediate),
                                (cpu, i) -> cpu.mmu.store32(cpu.linear(i), (int) i.immediate),
                                (cpu, i) -> cpu.mmu.store64(cpu.linear(i), i.immediate))));
        table.bind("MOV_Zb_Ib", (cpu, i) -> cpu.set8(i.rm, (int) i.immediate));
        table.bindChooser("MOV_Zv_Iv", IMMEDIATE);
    }

    /** The forms with the accumulator and an absolute address; register 0 stands in reg of such instructions. */
    private static void offsets(SemanticsTable table) {
        table.bind("MOV_AL_Ob", (cpu, i) -> cpu.set8(i.reg, cpu.mmu.load8(cpu.linear(i))));
        table.bindChooser("MOV_rAX_Ov", LOAD);
        table.bind("MOV_Ob_AL", (cpu, i) -> cpu.mmu.store8(cpu.linear(i), cpu.get8(i.reg)));
        table.bindChooser("MOV_Ov_rAX", STORE);
    }

    // ---------------------------------------------------------------- MOVZX, MOVSX, MOVSXD

    private static void extensions(SemanticsTable table) {
        table.bindChooser(
                "MOVZX_Gv_Eb",
                forms(
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.get8(i.rm)),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.get8(i.rm),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.get8(i.rm)),
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.mmu.load8(cpu.linear(i))),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load8(cpu.linear(i)),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load8(cpu.linear(i)))));
        table.bindChooser(
                "MOVZX_Gv_Ew",
                forms(
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.get16(i.rm)),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.get16(i.rm),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.get16(i.rm)),
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.mmu.load16(cpu.linear(i))),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load16(cpu.linear(i)),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load16(cpu.linear(i)))));
        table.bindChooser(
                "MOVSX_Gv_Eb",
                forms(
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, (byte) cpu.get8(i.rm)),
                                (cpu, i) -> cpu.gpr[i.reg] = (byte) cpu.get8(i.rm) & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = (byte) cpu.get8(i.rm)),
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, (byte) cpu.mmu.load8(cpu.linear(i))),
                                (cpu, i) -> cpu.gpr[i.reg] = (byte) cpu.mmu.load8(cpu.linear(i)) & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = (byte) cpu.mmu.load8(cpu.linear(i)))));
        table.bindChooser(
                "MOVSX_Gv_Ew",
                forms(
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.get16(i.rm)),
                                (cpu, i) -> cpu.gpr[i.reg] = (short) cpu.get16(i.rm) & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = (short) cpu.get16(i.rm)),
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.mmu.load16(cpu.linear(i))),
                                (cpu, i) -> cpu.gpr[i.reg] = (short) cpu.mmu.load16(cpu.linear(i)) & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = (short) cpu.mmu.load16(cpu.linear(i)))));
        table.bindChooser(
                "MOVSXD_Gv_Ed",
                forms(
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.get16(i.rm)),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.gpr[i.rm] & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = (int) cpu.gpr[i.rm]),
                        bySize(
                                (cpu, i) -> cpu.set16(i.reg, cpu.mmu.load16(cpu.linear(i))),
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load32(cpu.linear(i)) & LOW32,
                                (cpu, i) -> cpu.gpr[i.reg] = cpu.mmu.load32(cpu.linear(i)))));
    }

    // ---------------------------------------------------------------- addresses

    /** LEA knows no segment: its result is the offset. The common 64-bit shapes skip what they do not use. */
    private static Semantics lea(Instruction chosenFor) {
        if (chosenFor.operandSize == 8 && chosenFor.addressSize == 8) {
            return chosenFor.index == Instruction.ZERO
                    ? (cpu, i) -> cpu.gpr[i.reg] = cpu.gpr[i.base] + i.displacement
                    : (cpu, i) -> cpu.gpr[i.reg] = cpu.gpr[i.base] + (cpu.gpr[i.index] << i.scale) + i.displacement;
        }
        return LEA.choose(chosenFor);
    }

    private static final Chooser LEA = bySize(
            (cpu, i) -> cpu.set16(i.reg, (int) cpu.offset(i)),
            (cpu, i) -> cpu.gpr[i.reg] = cpu.offset(i) & LOW32,
            (cpu, i) -> cpu.gpr[i.reg] = cpu.offset(i));

    private static void xlat(Processor cpu, Instruction i) {
        long offset = cpu.gpr[Processor.RBX] + cpu.get8(Processor.RAX);
        cpu.set8(Processor.RAX, cpu.mmu.load8(cpu.linear(i.segment, cut(offset, i.addressSize), 1)));
    }

    /** An offset cut to an address size. */
    static long cut(long offset, int addressSize) {
        return switch (addressSize) {
            case 2 -> offset & 0xFFFF;
            case 4 -> offset & LOW32;
            default -> offset;
        };
    }

    // ---------------------------------------------------------------- byte order

    /** The result for 16 bits is undefined; ours is 0, as on the processors at hand. */
    private static void bswap(Processor cpu, Instruction i) {
        switch (i.operandSize) {
            case 2 -> cpu.set16(i.rm, 0);
            case 4 -> cpu.set32(i.rm, Integer.reverseBytes(cpu.get32(i.rm)));
            default -> cpu.gpr[i.rm] = Long.reverseBytes(cpu.gpr[i.rm]);
        }
    }

    private static void movbe(SemanticsTable table) {
        bindReversed(
                table, "MOVBE_Gv_Mv",
                (cpu, i) -> cpu.set(
                        i.reg, i.operandSize, reversed(cpu.mmu.load(cpu.linear(i), i.operandSize), i.operandSize)));
        bindReversed(
                table, "MOVBE_Mv_Gv",
                (cpu, i) -> cpu.mmu.store(cpu.linear(i), i.operandSize, reversed(cpu.gpr[i.reg], i.operandSize)));
    }

    /** With prefix F3 it is undefined (SDM volume 2, MOVBE). */
    private static void bindReversed(SemanticsTable table, String name, Semantics move) {
        table.bindChooser(name, i -> i.repeat != 0xF3 ? move : (cpu, x) -> {
            if (cpu.has(ModelChange.UNDEFINED_FORMS)) {
                throw cpu.fault(Vector.UD);
            }
            move.execute(cpu, x);
        });
    }

    private static long reversed(long value, int size) {
        return Long.reverseBytes(value) >>> 64 - 8 * size;
    }
}
