package org.retrovisor.monitor.oracle;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Random;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Operand;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Flags;

/** Makes states for an encoding: random registers, of which those that form its address lead into the data pages. */
final class StateMaker {
    private static final int RSP = 4;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int NO_ROUNDING = 0x1F80;

    private final HostPages pages;
    private final CodeSize codeSize;
    private final Random random;
    private final Preparations preparations;
    private final ExtendedOperands extended;
    private final boolean upperHalves;

    StateMaker(HostPages pages, CodeSize codeSize, Random random, Preparations preparations, boolean upperHalves) {
        this.upperHalves = upperHalves;
        this.pages = pages;
        this.codeSize = codeSize;
        this.random = random;
        this.preparations = preparations;
        this.extended = new ExtendedOperands(random.nextLong());
    }

    /** Where {@link CpuState#data} starts. */
    static long dataWindow(HostPages pages) {
        return border(pages) - CpuState.DATA_WINDOW / 2;
    }

    /** Where {@link CpuState#stack} starts. */
    static long stackWindow(HostPages pages) {
        return pages.stack + HostPages.STACK_BYTES / 2;
    }

    /** The border between the two data pages. */
    static long border(HostPages pages) {
        return pages.data + HostPages.PAGE;
    }

    /** An address for an operand: mostly aligned to 16, sometimes not, sometimes on the border of the pages. */
    static long operandAddress(HostPages pages, Random random) {
        long border = border(pages);
        return switch (random.nextInt(8)) {
            case 0 -> border - 1 - random.nextInt(16);
            case 1, 2 -> border - 256 + random.nextInt(512);
            default -> border - 256 + random.nextInt(32) * 16;
        };
    }

    /** Fills {@code state} with a state in which the encoding may be run. */
    void make(Encoding encoding, CpuState state) {
        make(encoding.address(), X87Tolerance.isX87(encoding.instruction().row), usesMmx(encoding), state);
        adjust(encoding, state);
    }

    /** Fills {@code state} with a state for code at an address. */
    void make(long address, boolean x87, boolean mmx, CpuState state) {
        for (int i = 0; i < 16; i++) {
            state.gpr[i] = Values.integer(random);
        }
        state.gpr[RSP] = stackWindow(pages) + CpuState.STACK_WINDOW / 2 + 8 * (random.nextInt(9) - 4);
        cutToCodeSize(state);
        state.rip = address;
        state.flags = random.nextInt() & (Flags.STATUS | Control.DF);
        memory(state);
        vectors(x87, mmx, state);
    }

    /** Changes {@code state} to one in which the encoding may be run. */
    void adjust(Encoding encoding, CpuState state) {
        Instruction instruction = encoding.instruction();
        if (instruction.memory) {
            solve(instruction, state);
            if (inData(encoding, state)) {
                values(encoding, state);
            }
        }
        preparations.prepare(encoding, state, this);
        cutToCodeSize(state);
    }

    /** In 32-bit code the upper halves of registers may get lost. */
    private void cutToCodeSize(CpuState state) {
        if (codeSize == CodeSize.BITS_32) {
            for (int i = 0; i < 8; i++) {
                state.gpr[i] &= 0xFFFF_FFFFL;
            }
        }
    }

    private void memory(CpuState state) {
        long seed = random.nextLong() | 1;
        for (int at = 0; at < CpuState.DATA_WINDOW; at += 8) {
            seed = seed * 6364136223846793005L + 1442695040888963407L;
            LONGS.set(state.data, at, seed ^ seed >>> 29);
        }
        for (int at = 0; at < CpuState.STACK_WINDOW; at += 8) {
            seed = seed * 6364136223846793005L + 1442695040888963407L;
            LONGS.set(state.stack, at, seed ^ seed >>> 29);
        }
    }

    private void vectors(boolean x87, boolean mmx, CpuState state) {
        for (int i = 0; i < 32; i++) {
            state.xmm[i] = Values.vectorHalf(random);
            state.ymm[i] = upperHalves ? Values.vectorHalf(random) : 0;
        }
        state.mxcsr = random.nextInt(4) == 0 ? NO_ROUNDING : NO_ROUNDING | random.nextInt() & 0xE07F;
        if (x87) {
            X87Preparations.fill(state, random, extended);
        } else {
            mmx(mmx, state);
        }
    }

    private void mmx(boolean used, CpuState state) {
        state.x87Control = 0x37F;
        state.x87Status = 0;
        state.abridgedTag = used ? 0xFF : 0;
        for (int i = 0; i < 8; i++) {
            state.mmx[i] = used ? Values.vectorHalf(random) : 0;
            state.exponents[i] = 0xFFFF;
        }
    }

    /** Whether the row has an MMX operand. */
    static boolean usesMmx(Encoding encoding) {
        for (Operand operand : encoding.instruction().row.operands()) {
            if ("PQN".indexOf(operand.place()) >= 0) {
                return true;
            }
        }
        return encoding.instruction().row.name().equals("EMMS");
    }

    /** Gives the base register the value that makes the address; an address without one was chosen when encoded. */
    private void solve(Instruction i, CpuState state) {
        if (i.base >= 16 && i.index >= 16) {
            return;
        }
        long target = operandAddress(pages, random);
        boolean fixedBase = i.base == RSP || i.base >= 16;
        if (fixedBase && i.index < 16) {
            solveIndex(i, state, target);
        } else if (!fixedBase) {
            long index = i.index < 16 ? state.gpr[i.index] << i.scale : 0;
            state.gpr[i.base] = upperGarbage(i, target - index - i.displacement);
        }
    }

    /** With a base that must stay, the index is solved for, and the operand is where scale lets it be. */
    private void solveIndex(Instruction i, CpuState state, long target) {
        long base = i.base < 16 ? state.gpr[i.base] : 0;
        long index = target - base - i.displacement >> i.scale;
        state.gpr[i.index] = upperGarbage(i, index);
    }

    private long upperGarbage(Instruction i, long value) {
        return i.addressSize == 4 ? value & 0xFFFF_FFFFL | random.nextLong() << 32 : value;
    }

    /** The linear address of the memory operand in a state. */
    static long address(Encoding encoding, CpuState state) {
        Instruction i = encoding.instruction();
        long base = i.base < 16 ? state.gpr[i.base] : i.base == Instruction.RIP ? encoding.next() : 0;
        long index = i.index < 16 ? state.gpr[i.index] << i.scale : 0;
        long sum = base + index + i.displacement;
        return i.addressSize == 4 ? sum & 0xFFFF_FFFFL : sum;
    }

    /** Whether the memory operand, of up to 64 bytes, lies in the data window. */
    boolean inData(Encoding encoding, CpuState state) {
        long offset = address(encoding, state) - dataWindow(pages);
        return offset >= 0 && offset <= CpuState.DATA_WINDOW - 64;
    }

    /** Whether the memory operand, of up to 64 bytes, lies in the stack window: its base is then RSP, which is never solved for. */
    boolean inStack(Encoding encoding, CpuState state) {
        long offset = address(encoding, state) - stackWindow(pages);
        return offset >= 0 && offset <= CpuState.STACK_WINDOW - 64;
    }

    private void values(Encoding encoding, CpuState state) {
        boolean vector = encoding.instruction().row.operands().stream().anyMatch(o -> "VWPQUN".indexOf(o.place()) >= 0);
        for (int n = 0; n < 4; n++) {
            long value = vector ? Values.vectorHalf(random) : Values.integer(random);
            setMemory(encoding, state, 8 * n, value);
        }
    }

    // ---------------------------------------------------------------- for preparations

    Random random() {
        return random;
    }

    CodeSize codeSize() {
        return codeSize;
    }

    ExtendedOperands extended() {
        return extended;
    }

    HostPages pages() {
        return pages;
    }

    /** Eight bytes of the memory operand; it must be in the data window. */
    long getMemory(Encoding encoding, CpuState state, int offset) {
        return (long) LONGS.get(state.data, (int) (address(encoding, state) - dataWindow(pages)) + offset);
    }

    /** Sets eight bytes of the memory operand; it must be in the data window. */
    void setMemory(Encoding encoding, CpuState state, int offset, long value) {
        LONGS.set(state.data, (int) (address(encoding, state) - dataWindow(pages)) + offset, value);
    }

    /** Sets eight bytes at a stack address. */
    void setStack(CpuState state, long address, long value) {
        LONGS.set(state.stack, (int) (address - stackWindow(pages)), value);
    }
}
