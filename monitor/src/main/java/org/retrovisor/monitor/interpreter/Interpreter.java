package org.retrovisor.monitor.interpreter;

import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.isa.Attribute;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.isa.Row;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Delivery;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.Vector;

/**
 * The reference engine.
 *
 * <p>Moments: an instruction that retires counts one, a REP instruction one per iteration, and the delivery of an
 * exception one, so that no two states share a moment unless only arrivals lie between them.
 */
public final class Interpreter implements Engine {
    private final Machine machine;
    private final BlockCache code;
    private final JumpCache[] jumps;
    private final DebugStops stops = new DebugStops();
    private final UnknownInstructions unknown = new UnknownInstructions();
    private final Row undefined = InstructionTable.standard().undefined();

    /** The block under way whose instructions are not counted yet, and the RIP it started at. */
    private Block running;

    private long runningRip;
    private Processor runner;

    /** An interpreter for all processors of a machine. */
    public Interpreter(Machine machine) {
        this.machine = machine;
        this.code = new BlockCache(
                machine.memory(), decoder(machine), SemanticsTable.standard(), machine.footprint());
        this.jumps = new JumpCache[machine.processorCount()];
        for (int i = 0; i < jumps.length; i++) {
            jumps[i] = new JumpCache();
        }
    }

    private static Decoder decoder(Machine machine) {
        int version = machine.modelVersion();
        Decoder.Rules rules = new Decoder.Rules(ModelChange.UNDEFINED_FORMS.isIn(version),
                !ModelChange.VEX_W_IN_64_BIT_MODE.isIn(version));
        return new Decoder(InstructionTable.of(machine.model().features()), rules);
    }

    @Override
    public Exit run(Processor cpu, long limit) {
        prepare(cpu, limit);
        while (true) {
            if (cpu.wantsAttention()) {
                return Exit.ATTENTION;
            }
            long budget = limit - machine.moment();
            if (budget <= 0) {
                return Exit.LIMIT;
            }
            Exit exit = step(cpu, budget);
            if (exit != null) {
                return exit;
            }
        }
    }

    /** Loads the tables that all machines share, which takes a while; any thread may do that in advance. */
    public static void prepare() {
        SemanticsTable.standard();
    }

    /** From now on, asks for blocks of 64-bit code before they are decoded. */
    public void ask(KnownBlocks known) {
        code.ask(known);
    }

    /** Takes note of who runs, and how far at most. */
    public void prepare(Processor cpu, long limit) {
        cpu.limit = limit;
        runner = cpu;
    }

    /** The block that RIP points at; null when fetching it faults. */
    public Block blockAtRip(Processor cpu) {
        try {
            return lookup(cpu);
        } catch (GuestFault fault) {
            return null;
        }
    }

    /** To be told when a block at a linear address got a translation: it may be made of more than the block. */
    public void executesTranslation(Block block, long linear) {
        machine.footprint().executes(linear, FrameCode.linesOf(block.offset, block.extent()));
    }

    /** Executes at most one block, and at most {@code budget} moments; null to go on. */
    public Exit step(Processor cpu, long budget) {
        return touchedOr(stepAtRip(cpu, budget));
    }

    /** The same when {@link #blockAtRip} was asked before, in 64-bit mode. */
    public Exit step(Processor cpu, Block block, long budget) {
        return touchedOr(stepOn(cpu, block, block.instructions().length, budget));
    }

    private Exit touchedOr(Exit exit) {
        return exit == null && stops.touched() ? Exit.TOUCHED : exit;
    }

    private static boolean debugging(Processor cpu) {
        return (cpu.systemFlags & (Control.TF | Control.RF)) != 0 || cpu.breakpoints.armed();
    }

    private Exit stepAtRip(Processor cpu, long budget) {
        if (cpu.breakpoints.armed()) {
            int breakpoints = instructionBreakpoints(cpu);
            if (breakpoints != 0) {
                machine.retire(1);
                return Delivery.debug(cpu, breakpoints) ? null : Exit.SHUTDOWN;
            }
        }
        Block block;
        int count;
        try {
            block = lookup(cpu);
            count = cpu.mode64() ? block.instructions().length : inCodeSegment(cpu, block);
        } catch (GuestFault fault) {
            return deliver(cpu, isBehindCode(cpu, fault) ? cpu.fault(Vector.GP, 0) : fault);
        }
        return stepOn(cpu, block, count, budget);
    }

    private Exit stepOn(Processor cpu, Block block, int executable, long budget) {
        boolean debugging = debugging(cpu);
        boolean single = debugging || cpu.interruptShadow;
        int count = (int) Math.min(single ? 1 : budget, executable);
        if (!stops.isEmpty()) {
            long linear = cpu.linearCode();
            if (stops.anyIn(linear, block.bytes)) {
                if (stops.stopsAt(linear, machine.moment()) && !cpu.midRepeat()) {
                    stops.hold();
                    return Exit.DEBUG;
                }
                count = 1;
            }
        }
        cpu.interruptShadow = false;
        if (debugging ? !debug(cpu, block) : !execute(cpu, block, count)) {
            return Exit.SHUTDOWN;
        }
        return cpu.halted ? Exit.HALTED : null;
    }

    /**
     * The breakpoints that the instruction at RIP raises: before its fetch, which may fault (APM volume 2, table 8-8), and
     * neither while RF is set nor behind a load of SS.
     */
    private static int instructionBreakpoints(Processor cpu) {
        boolean ignored = (cpu.systemFlags & Control.RF) != 0 || cpu.breakpoints.held();
        long rip = cpu.gpr[Processor.RIP];
        return ignored
                ? 0
                : cpu.breakpoints.at(cpu.mode64() ? rip : cpu.segments[Segment.CS].base + rip & 0xFFFF_FFFFL);
    }

    /** Whether a page fault of a fetch is of a byte behind the code segment, which is looked at first (SDM volume 3, table 6-2). */
    private static boolean isBehindCode(Processor cpu, GuestFault fault) {
        return fault.vector() == Vector.PF
                && !cpu.mode64()
                && cpu.has(ModelChange.CODE_LIMIT_BEFORE_PAGE)
                && (fault.address() - cpu.linearCode() & 0xFFFF_FFFFL) >= cpu.codeBytesLeft();
    }

    /** How many instructions of a block lie in the code segment to their last byte; a fault when the first does not. */
    private static int inCodeSegment(Processor cpu, Block block) {
        long left = cpu.codeBytesLeft();
        int count = 0;
        if (left >= block.bytes) {
            return block.instructions().length;
        }
        for (long end = 0; count < block.instructions().length; count++) {
            end += block.instructions()[count].length;
            if (end > left) {
                break;
            }
        }
        if (count == 0) {
            throw cpu.fault(Vector.GP, 0);
        }
        return count;
    }

    /**
     * Executes one instruction with the guest's own single-step and data breakpoint traps behind it, of a REP instruction one
     * iteration if there can be any.
     */
    private boolean debug(Processor cpu, Block block) {
        boolean tracing = (cpu.systemFlags & Control.TF) != 0;
        int resuming = cpu.systemFlags & Control.RF;
        cpu.systemFlags &= ~Control.RF;
        cpu.stepInhibited = false;
        cpu.breakpoints.endHold();
        long limit = cpu.limit;
        if (tracing || cpu.breakpoints.armed()) {
            cpu.limit = machine.moment() + 1;
        }
        boolean alive = execute(cpu, block, 1);
        cpu.limit = limit;
        if (cpu.midRepeat()) {
            cpu.systemFlags |= resuming; // it lets the whole instruction pass
        }
        return alive && trap(cpu, tracing);
    }

    /** The traps behind an instruction. */
    private static boolean trap(Processor cpu, boolean tracing) {
        int hits = cpu.breakpoints.takeHits();
        int heldBack = cpu.breakpoints.release();
        if (cpu.stepInhibited && cpu.interruptShadow) { // a load of SS
            cpu.breakpoints.hold(heldBack | hits);
            return true;
        }
        int reasons = cpu.stepInhibited ? heldBack : heldBack | hits | (tracing ? Delivery.SINGLE_STEP : 0);
        return reasons == 0 || Delivery.debug(cpu, reasons);
    }

    private Block lookup(Processor cpu) {
        long linear = cpu.linearCode();
        long stamp = cpu.mmu.generation(linear) << 4 | cpu.mmu.context() << 2 | cpu.codeSize.ordinal();
        JumpCache cache = jumps[cpu.index()];
        Block block = cache.get(linear, stamp);
        if (block == null) {
            block = code.find(cpu.mmu, linear, cpu.mmu.fetchAddress(linear), cpu.codeSize);
            stamp = cpu.mmu.generation(linear) << 4 | cpu.mmu.context() << 2 | cpu.codeSize.ordinal();
            cache.put(linear, stamp, block);
        }
        return block;
    }

    /** Executes the first {@code count} instructions of a block; false when the processor shut down. */
    private boolean execute(Processor cpu, Block block, int count) {
        Instruction[] instructions = block.instructions();
        long[] gpr = cpu.gpr;
        int last = count - 1;
        int counted = 0;
        int at = 0;
        Instruction instruction = instructions[0];
        running = block;
        runningRip = gpr[Processor.RIP];
        try {
            for (; at < last; at++) {
                instruction = instructions[at];
                gpr[Processor.RIP] += instruction.length;
                instruction.semantics.execute(cpu, instruction);
                if (!block.valid || stops.touched()) { // it overwrote itself, or touched watched bytes
                    running = null;
                    machine.retire(at + 1);
                    return true;
                }
            }
            running = null;
            machine.retire(last);
            counted = last;
            instruction = instructions[last];
            gpr[Processor.RIP] += instruction.length;
            instruction.semantics.execute(cpu, instruction);
            machine.retire(1);
            return true;
        } catch (GuestFault fault) {
            running = null;
            machine.retire(at - counted);
            if (!fault.inNewTask()) {
                gpr[Processor.RIP] -= instruction.length;
            }
            return faulted(cpu, instruction, fault);
        } catch (RuntimeException | Error e) { // the boundary gave up: the count must be right nevertheless
            long executed = unsettled();
            running = null;
            machine.retire(executed);
            throw e;
        }
    }

    private boolean faulted(Processor cpu, Instruction instruction, GuestFault fault) {
        if (instruction.row == undefined) {
            unknown.note(cpu, cpu.linearCode());
        }
        boolean nonCanonical = fault.vector() == Vector.GP && fault.nonCanonical()
                || endsOutside(cpu, instruction, fault);
        if (nonCanonical) {
            return deliver(cpu, cpu.fault(ofStack(cpu, instruction) ? Vector.SS : Vector.GP, 0)) == null;
        }
        return deliver(cpu, fault) == null;
    }

    /** Whether an address that is not canonical was one of the stack; RIP is at the instruction. */
    private static boolean ofStack(Processor cpu, Instruction instruction) {
        boolean implicit = instruction.row.is(Attribute.STACK);
        if (!instruction.memory) {
            return implicit;
        }
        boolean both = implicit && cpu.mode64() && cpu.has(ModelChange.WHOLE_OPERANDS);
        return instruction.segment == Segment.SS || both && comesFromStack(cpu, instruction);
    }

    /** POP reads the stack before it looks at its operand; PUSH and CALL begin with their operand. */
    private static boolean comesFromStack(Processor cpu, Instruction instruction) {
        return instruction.row.mnemonic().equals("POP")
                ? !isCanonical(cpu.gpr[Processor.RSP], instruction.operandSize)
                : isCanonical(operand(cpu, instruction), instruction.accessBytes);
    }

    /** Whether a page fault is of an operand that goes on behind the lower half of the address space, which comes first. */
    private static boolean endsOutside(Processor cpu, Instruction instruction, GuestFault fault) {
        return fault.vector() == Vector.PF
                && Descriptors.isOnLastPageOfLowerHalf(fault.address())
                && instruction.memory
                && cpu.mode64()
                && cpu.has(ModelChange.WHOLE_OPERANDS)
                && Descriptors.isCanonical(operand(cpu, instruction))
                && !isCanonical(operand(cpu, instruction), instruction.accessBytes);
    }

    private static long operand(Processor cpu, Instruction instruction) {
        long toNext = instruction.base == Processor.RIP ? instruction.length : 0;
        return cpu.linear(instruction) + toNext;
    }

    private static boolean isCanonical(long linear, int bytes) {
        return Descriptors.isCanonical(linear) && Descriptors.isCanonical(linear + bytes - 1);
    }

    private Exit deliver(Processor cpu, GuestFault fault) {
        machine.retire(1);
        cpu.interruptShadow = false;
        return Delivery.fault(cpu, fault) ? null : Exit.SHUTDOWN;
    }

    /** Delivers a page fault of the instruction at RIP that another engine has found; null to go on. */
    public Exit raise(Processor cpu, GuestFault fault) {
        return touchedOr(deliver(cpu, fault));
    }

    /** Instructions that the guest tried and the processor model does not know. */
    public UnknownInstructions unknownInstructions() {
        return unknown;
    }

    @Override
    public long unsettled() {
        Block block = running;
        return block == null ? 0 : block.completedAt(runner.gpr[Processor.RIP] - runningRip);
    }

    @Override
    public void codeWritten(int frame, int offset, int length) {
        code.written(frame, offset, length);
    }

    @Override
    public int nextBlockLength(Processor cpu) {
        Block block = blockAtRip(cpu);
        return block == null ? 1 : block.instructions().length;
    }

    @Override
    public DebugStops debugStops() {
        return stops;
    }

    @Override
    public void forgetCode() {
        code.clear();
        for (JumpCache cache : jumps) {
            cache.clear();
        }
    }
}
