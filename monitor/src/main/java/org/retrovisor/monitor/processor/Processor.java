package org.retrovisor.monitor.processor;

import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.Boundary;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.sse.FloatUnit;
import org.retrovisor.monitor.sse.Mxcsr;
import org.retrovisor.monitor.x87.X87State;
import org.retrovisor.monitor.x87.X87Unit;

/**
 * The architectural state of one processor, and access to it in the ways instructions need.
 *
 * <p>Fields are public where engines touch them in every instruction. Whoever changes CPL, CR0, CR3, CR4, EFER or the
 * code segment goes through the methods here or in the neighbouring classes, which keep the derived state right.
 */
public final class Processor {
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;
    /** RIP: while an instruction executes, the address of the next one. */
    public static final int RIP = Instruction.RIP;

    /** RAX to R15, then RIP and a constant zero. */
    public final long[] gpr = new long[Instruction.ZERO + 1];

    /** The status flags. */
    public final Flags flags = new Flags();

    /** RFLAGS without the status flags and the constant bit: see {@link Control#SYSTEM}. */
    public int systemFlags;

    /** ES, CS, SS, DS, FS, GS, LDTR, TR. */
    public final Segment[] segments = new Segment[Segment.COUNT];

    public long gdtBase;
    public int gdtLimit;
    public long idtBase;
    public int idtLimit;

    public long cr0;
    public long cr2;
    public long cr3;
    public long cr4;
    public long efer;
    public final long[] dr = new long[8];

    /** Current privilege level, 0 to 3. */
    public int cpl;

    /** The default operand and address size of the code segment. */
    public CodeSize codeSize = CodeSize.BITS_16;

    /** XMM registers: low half of register n at 2n, high half at 2n + 1. */
    public final long[] xmm = new long[32];

    /** The upper halves of YMM registers: half of register n at 2n and 2n + 1. All zero where the model has no AVX. */
    public final long[] ymm = new long[32];

    /** Whether the flags that SSE arithmetic raises are kept for the next lanes of a vector. */
    public boolean lanesFollow;

    /** Whether an SSE instruction is executed on behalf of one with a VEX prefix, which CR0.EM and CR4.OSFXSR do not switch off. */
    public boolean forVex;

    /** The floating-point unit's registers; MMX registers are part of them. */
    public final X87State fpu = new X87State();

    /** What x87 instructions do to {@link #fpu}. */
    public final X87Unit x87 = new X87Unit(fpu);

    public int mxcsr = Mxcsr.INITIAL;

    /** Computes for SSE; its flags are empty between instructions. */
    public final FloatUnit floats = new FloatUnit();

    public long xcr0 = 1;

    /** Model-specific registers that only store a value, and the ones with meaning. */
    public final ModelSpecificRegisters msrs = new ModelSpecificRegisters(this);

    /** What DR0 to DR3 and DR7 make of the guest's accesses. */
    public final HardwareBreakpoints breakpoints = new HardwareBreakpoints(this);

    /** Whether HLT waits for an interrupt. */
    public boolean halted;

    /** Whether the processor waits for a startup interrupt after INIT; nothing else reaches it then. */
    public boolean awaitsStartup;

    /** Whether interrupts are held back for one instruction, after STI and loads of SS. */
    public boolean interruptShadow;

    /** Whether NMIs are held back until IRET. */
    public boolean nmiBlocked;

    /** Whether the instruction under way keeps the trap of RFLAGS.TF from following it; for engines only. */
    public boolean stepInhibited;

    /** The moment up to which the engine may go: what is left bounds the iterations of a REP instruction. */
    public long limit;

    public final Mmu mmu;

    /** Where the processor last stood between two iterations of a REP instruction. */
    private long midRepeatMoment = -1;

    private long midRepeatRip;

    /** SSE and the upper halves in XCR0. */
    private static final long VECTOR_STATE = 6;

    private final int index;
    private final Machine machine;
    private final GuestFault fault = new GuestFault();
    private boolean attention;
    private boolean windowWanted;

    /** Processor number {@code index} of a machine, in its state after power-on. */
    public Processor(int index, Machine machine) {
        this.index = index;
        this.machine = machine;
        this.mmu = new Mmu(this, machine.memory());
        for (int i = 0; i < segments.length; i++) {
            segments[i] = new Segment();
        }
        PowerOn.reset(this);
    }

    /** The processor's number, from 0. */
    public int index() {
        return index;
    }

    public Machine machine() {
        return machine;
    }

    public Boundary boundary() {
        return machine.boundary();
    }

    /** Whether the processor has a change of the models. */
    public boolean has(ModelChange change) {
        return change.isIn(machine.modelVersion());
    }

    // ---------------------------------------------------------------- attention

    /** Makes the engine return to the machine at the end of the block, so that arrivals are asked for. */
    public void requestAttention() {
        attention = true;
    }

    /** Makes the engine return as soon as {@link #acceptsInterrupts} holds. */
    public void requestInterruptWindow() {
        windowWanted = true;
    }

    /** Whether {@link #requestInterruptWindow} is in force. */
    public boolean windowWanted() {
        return windowWanted;
    }

    /** Whether the engine should return now; to be asked between blocks. */
    public boolean wantsAttention() {
        return attention || windowWanted && acceptsInterrupts();
    }

    /** Called by the machine before it asks for arrivals. */
    public void clearAttention() {
        attention = false;
        windowWanted = false;
    }

    /** Whether a maskable interrupt may be delivered before the next instruction. */
    public boolean acceptsInterrupts() {
        return (systemFlags & Control.IF) != 0 && !interruptShadow && !awaitsStartup;
    }

    /** Whether an NMI may be delivered before the next instruction: not in the handler of one, nor in an interrupt shadow. */
    public boolean acceptsNonMaskable() {
        return !nmiBlocked && !interruptShadow;
    }

    // ---------------------------------------------------------------- INIT and startup

    /** What INIT does. The bootstrap processor goes on at the reset vector, others wait for a startup interrupt. */
    public void init() {
        PowerOn.init(this);
        awaitsStartup = index != 0;
    }

    /** A startup interrupt, which a processor that does not wait for one ignores. */
    public void startUp(int page) {
        if (awaitsStartup) {
            awaitsStartup = false;
            SegmentLoader.loadReal(this, Segment.CS, page << 8);
            gpr[RIP] = 0;
        }
    }

    // ---------------------------------------------------------------- repetition

    /** Ends a REP instruction that has iterations left, one of which the engine is about to count: RIP goes back to it. */
    public void repeatLater(Instruction i) {
        gpr[RIP] -= i.length;
        markMidRepeat(machine.moment() + 1);
    }

    /** Notes that the processor stands between two iterations of a REP instruction. */
    public void markMidRepeat(long moment) {
        midRepeatMoment = moment;
        midRepeatRip = gpr[RIP];
    }

    /**
     * Whether iterations of the REP instruction at RIP were executed right before this moment: it is under way and not about
     * to begin.
     */
    public boolean midRepeat() {
        return midRepeatMoment == machine.moment() && midRepeatRip == gpr[RIP];
    }

    // ---------------------------------------------------------------- faults

    /** The exception to throw: no error code. */
    public GuestFault fault(int vector) {
        return fault.with(vector, GuestFault.NO_ERROR_CODE, 0);
    }

    /** The exception to throw, with an error code. */
    public GuestFault fault(int vector, int errorCode) {
        return fault.with(vector, errorCode, 0);
    }

    /** The page fault to throw. */
    public GuestFault pageFault(long linear, int errorCode) {
        return fault.with(Vector.PF, errorCode, linear);
    }

    // ---------------------------------------------------------------- SIMD availability

    /**
     * Raises #UD or #NM when SSE instructions may not execute. Computed from the control registers each time: it costs
     * two loads, and there is no derived state that could go stale.
     */
    public void requireSse() {
        if ((cr0 & (Control.CR0_EM | Control.CR0_TS) | ~cr4 & Control.CR4_OSFXSR) != 0 && !forVex) {
            throw sseFault();
        }
    }

    /** Raises #UD or #NM when instructions with a VEX prefix may not execute (SDM volume 2, section 2.4). */
    public void requireAvx() {
        boolean available = protectedMode() && !virtual8086() && (cr4 & Control.CR4_OSXSAVE) != 0
                && (xcr0 & VECTOR_STATE) == VECTOR_STATE;
        if (!available || (cr0 & Control.CR0_TS) != 0) {
            throw fault(available ? Vector.NM : Vector.UD);
        }
    }

    private GuestFault sseFault() {
        boolean undefined = (cr0 & Control.CR0_EM) != 0 || (cr4 & Control.CR4_OSFXSR) == 0;
        return fault(undefined ? Vector.UD : Vector.NM);
    }

    /** Raises #UD, #NM or #MF when MMX instructions may not execute. */
    public void requireMmx() {
        if ((cr0 & (Control.CR0_EM | Control.CR0_TS)) != 0) {
            throw fault((cr0 & Control.CR0_EM) != 0 ? Vector.UD : Vector.NM);
        }
        if (fpu.exceptionPending()) {
            throw fault(Vector.MF);
        }
    }

    /**
     * Moves the flags that SSE arithmetic raised to MXCSR. To be called after the last computation of an instruction and
     * before its first effect.
     *
     * @throws GuestFault #XM, or #UD where the system does not handle that, when a flag is not masked
     */
    public void settleFloatFlags() {
        if (floats.raised != 0) {
            settleRaised();
        }
    }

    private void settleRaised() {
        if (lanesFollow) {
            return;
        }
        int raised = floats.raised;
        floats.raised = 0;
        for (int step = raised; step != 0; step >>>= Mxcsr.FLAG_BITS) {
            settleStep(step & Mxcsr.FLAGS);
        }
    }

    private void settleStep(int raised) {
        int unmasked = raised & ~(mxcsr >> Mxcsr.MASK_SHIFT);
        boolean before = (unmasked & Mxcsr.BEFORE_COMPUTING) != 0;
        mxcsr |= before ? raised & Mxcsr.BEFORE_COMPUTING : raised;
        if (unmasked != 0) {
            throw fault((cr4 & Control.CR4_OSXMMEXCPT) != 0 ? Vector.XM : Vector.UD);
        }
    }

    // ---------------------------------------------------------------- modes

    /** Whether EFER.LMA is set: 64-bit or compatibility mode. */
    public boolean longMode() {
        return (efer & Control.EFER_LMA) != 0;
    }

    /** Whether 64-bit code runs. */
    public boolean mode64() {
        return codeSize == CodeSize.BITS_64;
    }

    public boolean protectedMode() {
        return (cr0 & Control.CR0_PE) != 0;
    }

    public boolean virtual8086() {
        return (systemFlags & Control.VM) != 0;
    }

    /** Sets CPL and what follows from it. */
    public void setCpl(int level) {
        cpl = level;
        mmu.selectContext();
    }

    /** Derives {@link #codeSize} from CS and EFER; to be called when either changed. */
    public void updateCodeSize() {
        Segment cs = segments[Segment.CS];
        if (longMode() && cs.has(Segment.LONG)) {
            codeSize = CodeSize.BITS_64;
        } else {
            boolean big = cs.has(Segment.BIG) && protectedMode() && !virtual8086();
            codeSize = big || cs.has(Segment.BIG) && !protectedMode() ? CodeSize.BITS_32 : CodeSize.BITS_16;
        }
    }

    // ---------------------------------------------------------------- flags

    /** RFLAGS as PUSHF shows it (RF and VM included). */
    public int rflags() {
        return flags.status() | systemFlags | Control.ALWAYS_ONE;
    }

    /** Sets all of RFLAGS; the caller has masked what may not change. */
    public void setRflags(int value) {
        flags.setStatus(value);
        int changed = systemFlags ^ value & Control.SYSTEM;
        systemFlags = value & Control.SYSTEM;
        if ((changed & Control.AC) != 0) {
            mmu.selectContext();
        }
        if ((changed & Control.VM) != 0) {
            updateCodeSize();
        }
    }

    // ---------------------------------------------------------------- registers

    /** A byte register by the number {@link Instruction} gives it, zero-extended. */
    public int get8(int number) {
        return number < 16 ? (int) gpr[number] & 0xFF : (int) (gpr[number - Instruction.AH] >>> 8) & 0xFF;
    }

    public int get16(int number) {
        return (int) gpr[number] & 0xFFFF;
    }

    public int get32(int number) {
        return (int) gpr[number];
    }

    /** 1, 2, 4 or 8 bytes of a register, zero-extended. */
    public long get(int number, int size) {
        return switch (size) {
            case 1 -> get8(number);
            case 2 -> get16(number);
            case 4 -> gpr[number] & 0xFFFF_FFFFL;
            default -> gpr[number];
        };
    }

    public void set8(int number, int value) {
        if (number < 16) {
            gpr[number] = gpr[number] & ~0xFFL | value & 0xFF;
        } else {
            int whole = number - Instruction.AH;
            gpr[whole] = gpr[whole] & ~0xFF00L | (long) (value & 0xFF) << 8;
        }
    }

    public void set16(int number, int value) {
        gpr[number] = gpr[number] & ~0xFFFFL | value & 0xFFFF;
    }

    /** Sets 32 bits and clears the upper 32. */
    public void set32(int number, int value) {
        gpr[number] = value & 0xFFFF_FFFFL;
    }

    /** Sets 1, 2, 4 or 8 bytes of a register by the rules for partial registers. */
    public void set(int number, int size, long value) {
        switch (size) {
            case 1 -> set8(number, (int) value);
            case 2 -> set16(number, (int) value);
            case 4 -> set32(number, (int) value);
            default -> gpr[number] = value;
        }
    }

    // ---------------------------------------------------------------- memory operands

    /** The offset of the memory operand in its segment, cut to the address size (what LEA gives). */
    public long offset(Instruction i) {
        long sum = gpr[i.base] + (gpr[i.index] << i.scale) + i.displacement;
        return switch (i.addressSize) {
            case 2 -> sum & 0xFFFF;
            case 4 -> sum & 0xFFFF_FFFFL;
            default -> sum;
        };
    }

    /** The linear address of the memory operand. */
    public long linear(Instruction i) {
        return i.flat
                ? gpr[i.base] + (gpr[i.index] << i.scale) + i.displacement
                : linear(i.segment, offset(i), i.accessBytes, i);
    }

    private long linear(int number, long offset, int bytes, Instruction i) {
        if (codeSize != CodeSize.BITS_64 && checksTypes() && !segments[number].isWritable() && i.row.stores()) {
            throw segmentFault(number);
        }
        return linear(number, offset, bytes);
    }

    /**
     * The linear address of {@code bytes} bytes at an offset in a segment, checked against the segment outside 64-bit mode.
     *
     * @throws GuestFault #GP(0), or #SS(0) for SS
     */
    public long linear(int segment, long offset, int bytes) {
        Segment register = segments[segment];
        if (codeSize == CodeSize.BITS_64) {
            return segment >= Segment.FS ? register.base + offset : offset;
        }
        boolean readable = register.isReadable() || !checksTypes();
        if (!readable || !register.has(Segment.PRESENT) || !register.contains(offset, bytes)) {
            throw segmentFault(segment);
        }
        return register.base + offset & 0xFFFF_FFFFL;
    }

    /** The same for bytes that are about to be written. */
    public long linearForWriting(int segment, long offset, int bytes) {
        if (codeSize != CodeSize.BITS_64 && checksTypes() && !segments[segment].isWritable()) {
            throw segmentFault(segment);
        }
        return linear(segment, offset, bytes);
    }

    /**
     * The linear address of code at RIP.
     *
     * @throws GuestFault #GP(0) when it begins outside the code segment
     */
    public long linearCode() {
        long rip = gpr[RIP];
        if (codeSize == CodeSize.BITS_64) {
            return rip;
        }
        Segment cs = segments[Segment.CS];
        if (Long.compareUnsigned(rip, cs.limit) > 0) {
            throw segmentFault(Segment.CS);
        }
        return cs.base + rip & 0xFFFF_FFFFL;
    }

    /** How many bytes of code from RIP on lie in the code segment; to be asked outside 64-bit mode. */
    public long codeBytesLeft() {
        long limit = segments[Segment.CS].limit;
        return limit == 0xFFFF_FFFFL ? Long.MAX_VALUE : limit - gpr[RIP] + 1;
    }

    /** Real and virtual-8086 mode have no types of segments: any segment may be read and written (SDM volume 3, section 21.1). */
    private boolean checksTypes() {
        return protectedMode() && !virtual8086();
    }

    private GuestFault segmentFault(int number) {
        return fault(number == Segment.SS ? Vector.SS : Vector.GP, 0);
    }

    // ---------------------------------------------------------------- stack

    /** Size of the stack pointer in bytes: 8 in 64-bit mode, else 4 or 2 by SS.B. */
    public int stackSize() {
        if (codeSize == CodeSize.BITS_64) {
            return 8;
        }
        return segments[Segment.SS].has(Segment.BIG) ? 4 : 2;
    }

    /** Linear address of a stack slot of {@code bytes} bytes, {@code distance} bytes above RSP. */
    public long stackLinear(long distance, int bytes) {
        int size = stackSize();
        long pointer = gpr[RSP] + distance;
        return size == 8 ? pointer : linear(Segment.SS, pointer & (size == 4 ? 0xFFFF_FFFFL : 0xFFFF), bytes);
    }

    /** Adds to RSP, in its current size. */
    public void moveStack(long distance) {
        set(RSP, stackSize(), gpr[RSP] + distance);
    }

    /** Pushes 2, 4 or 8 bytes; RSP changes only when the store succeeded. */
    public void push(int size, long value) {
        mmu.store(stackLinear(-size, size), size, value);
        moveStack(-size);
    }

    /** Pops 2, 4 or 8 bytes, zero-extended. */
    public long pop(int size) {
        long value = mmu.load(stackLinear(0, size), size);
        moveStack(size);
        return value;
    }
}
