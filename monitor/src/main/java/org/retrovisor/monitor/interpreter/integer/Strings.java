package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * MOVS, STOS, LODS, CMPS and SCAS, alone and repeated.
 *
 * <p>Each finished iteration is committed: RCX, RSI and RDI, and the count of moments, so that a fault, an access to a
 * device or the end of the engine's budget finds the state between two iterations. MOVS and STOS in plain RAM do many
 * iterations at once, up to the end of a page.
 */
final class Strings {
    private static final int RAX = Processor.RAX;
    private static final int RCX = Processor.RCX;
    private static final int RSI = Processor.RSI;
    private static final int RDI = Processor.RDI;
    private static final long PAGE = 4096;

    private Strings() {}

    /** Some iterations of a string instruction. */
    @FunctionalInterface
    private interface Step {
        /** Does one to {@code most} iterations, RSI and RDI included, or raises the fault of the first; how many. */
        long run(Processor cpu, Instruction i, int size, long most);
    }

    static void bind(SemanticsTable table) {
        table.bindChooser("MOVS_Yb_Xb", i -> moving(i, 1, Strings::move));
        table.bindChooser("MOVS_Yv_Xv", i -> moving(i, i.operandSize, Strings::move));
        table.bindChooser("STOS_Yb_AL", i -> moving(i, 1, Strings::store));
        table.bindChooser("STOS_Yv_rAX", i -> moving(i, i.operandSize, Strings::store));
        table.bindChooser("LODS_AL_Xb", i -> moving(i, 1, Strings::load));
        table.bindChooser("LODS_rAX_Xv", i -> moving(i, i.operandSize, Strings::load));
        table.bindChooser("CMPS_Xb_Yb", i -> comparing(i, 1, Strings::compare));
        table.bindChooser("CMPS_Xv_Yv", i -> comparing(i, i.operandSize, Strings::compare));
        table.bindChooser("SCAS_AL_Yb", i -> comparing(i, 1, Strings::scan));
        table.bindChooser("SCAS_rAX_Yv", i -> comparing(i, i.operandSize, Strings::scan));
    }

    private static Semantics moving(Instruction chosenFor, int size, Step step) {
        return chosenFor.repeated()
                ? (cpu, i) -> repeat(cpu, i, size, step, false)
                : (cpu, i) -> step.run(cpu, i, size, 1);
    }

    private static Semantics comparing(Instruction chosenFor, int size, Step step) {
        return chosenFor.repeated()
                ? (cpu, i) -> repeat(cpu, i, size, step, true)
                : (cpu, i) -> step.run(cpu, i, size, 1);
    }

    // ---------------------------------------------------------------- REP

    private static void repeat(Processor cpu, Instruction i, int size, Step step, boolean comparing) {
        long left = cpu.get(RCX, i.addressSize);
        if (left == 0) {
            return;
        }
        long budget = budget(cpu, left);
        while (true) {
            long done = step.run(cpu, i, size, budget);
            left -= done;
            budget -= done;
            cpu.set(RCX, i.addressSize, left);
            boolean finished = left == 0 || comparing && cpu.flags.zero() != (i.repeat == 0xF3);
            if (finished || budget == 0 || watchHit(cpu)) {
                cpu.machine().retire(done - 1); // the engine counts the last one
                if (!finished) {
                    cpu.repeatLater(i);
                }
                return;
            }
            cpu.machine().retire(done);
        }
    }

    /** How many iterations the engine allows now: at least one. */
    private static long budget(Processor cpu, long left) {
        long allowed = cpu.limit - cpu.machine().moment();
        return Long.compareUnsigned(left, allowed) < 0 ? left : allowed;
    }

    /** Whether a debugger wants to stop behind the iteration just done. */
    private static boolean watchHit(Processor cpu) {
        return cpu.machine().engine().debugStops().touched();
    }

    // ---------------------------------------------------------------- addresses

    private static long source(Processor cpu, Instruction i, int size) {
        return cpu.linear(i.segment, Moves.cut(cpu.gpr[RSI], i.addressSize), size);
    }

    private static long destination(Processor cpu, Instruction i, int size) {
        return cpu.linear(Segment.ES, Moves.cut(cpu.gpr[RDI], i.addressSize), size);
    }

    private static long writtenDestination(Processor cpu, Instruction i, int size) {
        return cpu.linearForWriting(Segment.ES, Moves.cut(cpu.gpr[RDI], i.addressSize), size);
    }

    private static void advance(Processor cpu, Instruction i, int register, long bytes) {
        cpu.set(register, i.addressSize, cpu.gpr[register] + (down(cpu) ? -bytes : bytes));
    }

    private static boolean down(Processor cpu) {
        return (cpu.systemFlags & Control.DF) != 0;
    }

    /** Whether iterations may be taken together: without a segment limit or wrap-around inside a page. */
    private static boolean bulk(Processor cpu, Instruction i, long most) {
        if (most == 1) {
            return false;
        }
        if (cpu.codeSize == CodeSize.BITS_64) {
            return i.addressSize == 8;
        }
        return i.addressSize == 4 && whole(cpu.segments[i.segment]) && whole(cpu.segments[Segment.ES]);
    }

    private static boolean whole(Segment segment) {
        return segment.base == 0 && segment.limit == 0xFFFF_FFFFL;
    }

    /** How many operands lie between an address and the end of its page, or its beginning; 0 for one on two pages. */
    private static long roomInPage(long linear, int size, boolean down) {
        long above = (PAGE - (linear & PAGE - 1)) / size;
        return !down || above == 0 ? above : (linear & PAGE - 1) / size + 1;
    }

    // ---------------------------------------------------------------- MOVS

    private static long move(Processor cpu, Instruction i, int size, long most) {
        long from = source(cpu, i, size);
        long to = writtenDestination(cpu, i, size);
        long count = bulk(cpu, i, most) ? moveTogether(cpu.mmu, from, to, down(cpu) ? -size : size, most) : 0;
        if (count == 0) {
            cpu.mmu.store(to, size, cpu.mmu.load(from, size));
            count = 1;
        }
        advance(cpu, i, RSI, count * size);
        advance(cpu, i, RDI, count * size);
        return count;
    }

    /**
     * Moves what lies in one page at both ends.
     *
     * @param step bytes of an operand, negative downward
     * @return how many operands; 0 when that is nothing or not plain RAM
     */
    private static long moveTogether(Mmu mmu, long from, long to, int step, long most) {
        int size = Math.abs(step);
        long count = Math.min(most, Math.min(roomInPage(from, size, step < 0), roomInPage(to, size, step < 0)));
        if (count == 0) {
            return 0;
        }
        long hostFrom = mmu.alignsBeforePages() ? -1 : mmu.hostForReading(from);
        long hostTo = hostFrom == -1 ? -1 : mmu.hostForWriting(to);
        if (hostTo == -1) {
            return 0;
        }
        long bytes = count * size;
        long ahead = step < 0 ? hostFrom - hostTo : hostTo - hostFrom;
        if (ahead > 0 && ahead < bytes) {
            repeatPattern(hostFrom, hostTo, step, count);
        } else {
            long before = step < 0 ? bytes - size : 0;
            HostMemory.copy(hostFrom - before, hostTo - before, bytes);
        }
        return count;
    }

    /** The destination overlaps the source from ahead: what was stored is loaded again. */
    private static void repeatPattern(long from, long to, int step, long count) {
        for (long done = 0; done < count; done++) {
            long at = done * step;
            switch (Math.abs(step)) {
                case 1 -> HostMemory.put8(to + at, HostMemory.get8(from + at));
                case 2 -> HostMemory.put16(to + at, HostMemory.get16(from + at));
                case 4 -> HostMemory.put32(to + at, HostMemory.get32(from + at));
                default -> HostMemory.put64(to + at, HostMemory.get64(from + at));
            }
        }
    }

    // ---------------------------------------------------------------- STOS

    private static long store(Processor cpu, Instruction i, int size, long most) {
        long to = writtenDestination(cpu, i, size);
        long value = cpu.gpr[RAX];
        long count = bulk(cpu, i, most) ? storeTogether(cpu.mmu, to, down(cpu) ? -size : size, value, most) : 0;
        if (count == 0) {
            cpu.mmu.store(to, size, value);
            count = 1;
        }
        advance(cpu, i, RDI, count * size);
        return count;
    }

    private static long storeTogether(Mmu mmu, long to, int step, long value, long most) {
        int size = Math.abs(step);
        long count = Math.min(most, roomInPage(to, size, step < 0));
        long host = count == 0 || mmu.alignsBeforePages() ? -1 : mmu.hostForWriting(to);
        if (host == -1) {
            return 0;
        }
        long low = step < 0 ? host - (count - 1) * size : host;
        if (allBytesEqual(value, size)) {
            HostMemory.fill(low, count * size, (byte) value);
        } else {
            fill(low, count * size, size, value);
        }
        return count;
    }

    private static boolean allBytesEqual(long value, int size) {
        long pattern = (value & 0xFF) * 0x0101_0101_0101_0101L;
        return (value ^ pattern) << 64 - 8 * size == 0;
    }

    private static void fill(long host, long bytes, int size, long value) {
        for (long at = 0; at < bytes; at += size) {
            switch (size) {
                case 2 -> HostMemory.put16(host + at, (int) value);
                case 4 -> HostMemory.put32(host + at, (int) value);
                default -> HostMemory.put64(host + at, value);
            }
        }
    }

    // ---------------------------------------------------------------- LODS, CMPS, SCAS

    private static long load(Processor cpu, Instruction i, int size, long most) {
        cpu.set(RAX, size, cpu.mmu.load(source(cpu, i, size), size));
        advance(cpu, i, RSI, size);
        return 1;
    }

    /** Of two operands that fault, silicon names the one at RDI. */
    private static long compare(Processor cpu, Instruction i, int size, long most) {
        boolean sourceFirst = !cpu.has(ModelChange.CMPS_READS_DESTINATION_FIRST);
        long early = sourceFirst ? cpu.mmu.load(source(cpu, i, size), size) : 0;
        long second = cpu.mmu.load(destination(cpu, i, size), size);
        long first = sourceFirst ? early : cpu.mmu.load(source(cpu, i, size), size);
        subtract(cpu, first, second, size);
        advance(cpu, i, RSI, size);
        advance(cpu, i, RDI, size);
        return 1;
    }

    private static long scan(Processor cpu, Instruction i, int size, long most) {
        subtract(cpu, cpu.gpr[RAX], cpu.mmu.load(destination(cpu, i, size), size), size);
        advance(cpu, i, RDI, size);
        return 1;
    }

    private static void subtract(Processor cpu, long a, long b, int size) {
        switch (size) {
            case 1 -> Arithmetic.SUB.op8(cpu.flags, (int) a, (int) b);
            case 2 -> Arithmetic.SUB.op16(cpu.flags, (int) a, (int) b);
            case 4 -> Arithmetic.SUB.op32(cpu.flags, (int) a, (int) b);
            default -> Arithmetic.SUB.op64(cpu.flags, a, b);
        }
    }
}
