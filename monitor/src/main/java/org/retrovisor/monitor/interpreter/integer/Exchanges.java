package org.retrovisor.monitor.interpreter.integer;

import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Mmu;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Vector;

/** XCHG, XADD, CMPXCHG and its wide forms. Processors take turns, so LOCK needs no further care. */
final class Exchanges {
    private static final int RAX = Processor.RAX;
    private static final int RDX = Processor.RDX;

    private Exchanges() {}

    static void bind(SemanticsTable table) {
        table.bindChooser("XCHG_Eb_Gb", i -> exchange(i, 1));
        table.bindChooser("XCHG_Ev_Gv", i -> exchange(i, i.operandSize));
        table.bindChooser("XCHG_Zv_rAX", Exchanges::exchangeAccumulator);
        table.bindChooser("XADD_Eb_Gb", i -> exchangeAdd(i, 1));
        table.bindChooser("XADD_Ev_Gv", i -> exchangeAdd(i, i.operandSize));
        table.bindChooser("CMPXCHG_Eb_Gb", i -> compareExchange(i, 1));
        table.bindChooser("CMPXCHG_Ev_Gv", i -> compareExchange(i, i.operandSize));
        table.bind("CMPXCHG8B_Mq", Exchanges::compareExchange8);
        table.bind("CMPXCHG16B_Mdq", Exchanges::compareExchange16);
    }

    // ---------------------------------------------------------------- XCHG

    private static Semantics exchange(Instruction chosenFor, int size) {
        return chosenFor.memory
                ? (cpu, i) -> {
                    Mmu mmu = cpu.mmu;
                    long linear = cpu.linear(i);
                    mmu.checkWrite(linear, size);
                    long old = mmu.load(linear, size);
                    mmu.store(linear, size, cpu.get(i.reg, size));
                    cpu.set(i.reg, size, old);
                }
                : (cpu, i) -> {
                    long old = cpu.get(i.rm, size);
                    cpu.set(i.rm, size, cpu.get(i.reg, size));
                    cpu.set(i.reg, size, old);
                };
    }

    /** The short form; of RAX with itself it is NOP, which does not even clear the upper half. */
    private static Semantics exchangeAccumulator(Instruction chosenFor) {
        return chosenFor.rm == RAX
                ? (cpu, i) -> {}
                : (cpu, i) -> {
                    long old = cpu.get(i.rm, i.operandSize);
                    cpu.set(i.rm, i.operandSize, cpu.get(RAX, i.operandSize));
                    cpu.set(RAX, i.operandSize, old);
                };
    }

    // ---------------------------------------------------------------- XADD

    private static Semantics exchangeAdd(Instruction chosenFor, int size) {
        return chosenFor.memory
                ? (cpu, i) -> {
                    Mmu mmu = cpu.mmu;
                    long linear = cpu.linear(i);
                    mmu.checkWrite(linear, size);
                    long old = mmu.load(linear, size);
                    mmu.store(linear, size, add(cpu.flags, old, cpu.get(i.reg, size), size));
                    cpu.set(i.reg, size, old);
                }
                : (cpu, i) -> {
                    long old = cpu.get(i.rm, size);
                    long sum = add(cpu.flags, old, cpu.get(i.reg, size), size);
                    cpu.set(i.reg, size, old);
                    cpu.set(i.rm, size, sum); // second: XADD of a register with itself doubles it
                };
    }

    private static long add(Flags flags, long a, long b, int size) {
        return switch (size) {
            case 1 -> Arithmetic.ADD.op8(flags, (int) a, (int) b);
            case 2 -> Arithmetic.ADD.op16(flags, (int) a, (int) b);
            case 4 -> Arithmetic.ADD.op32(flags, (int) a, (int) b);
            default -> Arithmetic.ADD.op64(flags, a, b);
        };
    }

    // ---------------------------------------------------------------- CMPXCHG

    /** A memory destination is written in any case, a register only when it equals the accumulator. */
    private static Semantics compareExchange(Instruction chosenFor, int size) {
        if (chosenFor.memory) {
            return size == 8
                    ? Exchanges::compareExchangeMemory64
                    : (cpu, i) -> compareExchangeMemory(cpu, i, cpu.linear(i), size);
        }
        return (cpu, i) -> {
            if (compareAccumulator(cpu, cpu.get(i.rm, size), size)) {
                cpu.set(i.rm, size, cpu.get(i.reg, size));
            }
        };
    }

    private static void compareExchangeMemory(Processor cpu, Instruction i, long linear, int size) {
        Mmu mmu = cpu.mmu;
        mmu.checkWrite(linear, size);
        long old = mmu.load(linear, size);
        boolean equal = compareAccumulator(cpu, old, size);
        mmu.store(linear, size, equal ? cpu.get(i.reg, size) : old);
    }

    /** What locks are made of. */
    private static void compareExchangeMemory64(Processor cpu, Instruction i) {
        long linear = cpu.linear(i);
        long host = cpu.mmu.hostForModifying(linear, 8);
        if (host == 0) {
            compareExchangeMemory(cpu, i, linear, 8);
            return;
        }
        long old = HostMemory.get64(host);
        long accumulator = cpu.gpr[RAX];
        Arithmetic.SUB.op64(cpu.flags, accumulator, old);
        if (accumulator == old) {
            HostMemory.put64(host, cpu.gpr[i.reg]);
        } else {
            cpu.gpr[RAX] = old;
        }
    }

    /** Compares; loads the accumulator when it differs. */
    private static boolean compareAccumulator(Processor cpu, long value, int size) {
        long accumulator = cpu.get(RAX, size);
        switch (size) {
            case 1 -> Arithmetic.SUB.op8(cpu.flags, (int) accumulator, (int) value);
            case 2 -> Arithmetic.SUB.op16(cpu.flags, (int) accumulator, (int) value);
            case 4 -> Arithmetic.SUB.op32(cpu.flags, (int) accumulator, (int) value);
            default -> Arithmetic.SUB.op64(cpu.flags, accumulator, value);
        }
        if (accumulator != value) {
            cpu.set(RAX, size, value);
        }
        return accumulator == value;
    }

    private static void compareExchange8(Processor cpu, Instruction i) {
        long linear = cpu.linear(i);
        cpu.mmu.checkWrite(linear, 8);
        long old = cpu.mmu.load64(linear);
        boolean equal = old == pair(cpu, RDX, RAX);
        cpu.mmu.store64(linear, equal ? pair(cpu, Processor.RCX, Processor.RBX) : old);
        if (!equal) {
            cpu.set32(RAX, (int) old);
            cpu.set32(RDX, (int) (old >>> 32));
        }
        cpu.flags.setZero(equal);
    }

    private static long pair(Processor cpu, int high, int low) {
        return cpu.gpr[high] << 32 | cpu.gpr[low] & 0xFFFF_FFFFL;
    }

    private static void compareExchange16(Processor cpu, Instruction i) {
        long linear = cpu.linear(i);
        if ((linear & 15) != 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        Mmu mmu = cpu.mmu;
        mmu.checkWrite(linear, 16);
        long low = mmu.load64(linear);
        long high = mmu.load64(linear + 8);
        boolean equal = low == cpu.gpr[RAX] && high == cpu.gpr[RDX];
        mmu.store64(linear, equal ? cpu.gpr[Processor.RBX] : low);
        mmu.store64(linear + 8, equal ? cpu.gpr[Processor.RCX] : high);
        if (!equal) {
            cpu.gpr[RAX] = low;
            cpu.gpr[RDX] = high;
        }
        cpu.flags.setZero(equal);
    }
}
