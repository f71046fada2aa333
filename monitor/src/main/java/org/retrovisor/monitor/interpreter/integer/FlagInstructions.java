package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;

import static org.retrovisor.monitor.interpreter.SemanticsTable.bySize;

/** Instructions on single flags and on the sign of the accumulator. */
final class FlagInstructions {
    private static final int RAX = Processor.RAX;
    private static final int RDX = Processor.RDX;
    private static final int AH_FLAGS = Flags.SF | Flags.ZF | Flags.AF | Flags.PF | Flags.CF;

    private FlagInstructions() {}

    static void bind(SemanticsTable table) {
        table.bind("CLC", (cpu, i) -> cpu.flags.setCarry(false));
        table.bind("STC", (cpu, i) -> cpu.flags.setCarry(true));
        table.bind("CMC", (cpu, i) -> cpu.flags.setCarry(!cpu.flags.carry()));
        table.bind("CLD", (cpu, i) -> cpu.systemFlags &= ~Control.DF);
        table.bind("STD", (cpu, i) -> cpu.systemFlags |= Control.DF);
        table.bind("LAHF", (cpu, i) -> {
            int value = cpu.flags.status() & AH_FLAGS | Control.ALWAYS_ONE;
            cpu.gpr[RAX] = cpu.gpr[RAX] & ~0xFF00L | (long) value << 8;
        });
        table.bind("SAHF", (cpu, i) -> {
            int value = (int) (cpu.gpr[RAX] >>> 8);
            cpu.flags.setStatus(cpu.flags.status() & ~AH_FLAGS | value & AH_FLAGS);
        });
        table.bindChooser(
                "CBW",
                bySize(
                        (cpu, i) -> cpu.set16(RAX, (byte) cpu.gpr[RAX]),
                        (cpu, i) -> cpu.set32(RAX, (short) cpu.gpr[RAX]),
                        (cpu, i) -> cpu.gpr[RAX] = (int) cpu.gpr[RAX]));
        table.bindChooser(
                "CWD",
                bySize(
                        (cpu, i) -> cpu.set16(RDX, (short) cpu.gpr[RAX] >> 15),
                        (cpu, i) -> cpu.set32(RDX, (int) cpu.gpr[RAX] >> 31),
                        (cpu, i) -> cpu.gpr[RDX] = cpu.gpr[RAX] >> 63));
    }
}
