package org.retrovisor.monitor.oracle;

import java.util.List;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.processor.Flags;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/**
 * Runs single instructions on the interpreter: a machine in 64-bit or compatibility mode at CPL 3, in which the linear
 * addresses of {@link HostPages} lead to scattered page frames.
 */
final class GuestProcessor implements AutoCloseable {
    private static final long MEMORY = 8 << 20;
    private static final long TOP_TABLE = 0x1000;
    private static final long FIRST_FREE = 0x100000;
    private static final long PRESENT_WRITABLE = 3;
    private static final long PRESENT_USER = 5;
    private static final long PRESENT_WRITABLE_USER = 7;
    private static final int MOST_ITERATIONS = 100_000;

    /** Where the descriptor table is; the host maps nothing there. */
    private static final long DESCRIPTORS = 0x1000;

    private static final byte[] UD2 = {0x0F, 0x0B};

    private final HostPages pages;
    private final CodeSize codeSize;
    private final Machine machine;
    private final Processor cpu;
    private final GuestMemory memory;
    private final GuestHandlers handlers;
    private final Window data;
    private final Window stack;
    private long freeTable = TOP_TABLE + HostPages.PAGE;
    private long freeFrame = FIRST_FREE;

    GuestProcessor(HostPages pages, CodeSize codeSize) {
        this(pages, codeSize, Interpreter::new);
    }

    GuestProcessor(HostPages pages, CodeSize codeSize, Engine.Factory engine) {
        this.pages = pages;
        this.codeSize = codeSize;
        machine = new Machine(MEMORY, 1, CpuModel.V3, new SilentBoundary(), engine);
        cpu = machine.processor(0);
        memory = machine.memory();
        map(pages.code, HostPages.CODE_BYTES, PRESENT_USER);
        map(pages.data, HostPages.DATA_BYTES, PRESENT_WRITABLE_USER);
        map(pages.stack, HostPages.STACK_BYTES, PRESENT_WRITABLE_USER);
        map(DESCRIPTORS, HostPages.PAGE, PRESENT_WRITABLE_USER);
        map(GuestHandlers.PAGE, HostPages.PAGE, PRESENT_WRITABLE);
        setUpMode();
        describeSegments();
        handlers = new GuestHandlers(cpu, memory.hostOf(memory.frameAt(cpu.mmu.peek(GuestHandlers.PAGE))));
        data = new Window(StateMaker.dataWindow(pages), CpuState.DATA_WINDOW);
        stack = new Window(StateMaker.stackWindow(pages), CpuState.STACK_WINDOW);
    }

    /** Places instructions into the slots, from the first on. */
    void define(List<byte[]> slots) {
        for (int slot = 0; slot < slots.size(); slot++) {
            long linear = pages.instruction(slot) - Landing.INSTRUCTION;
            memory.write(cpu.mmu.peek(linear), slots.get(slot));
        }
    }

    /** Places bare instructions, each with an undefined one behind it: an end of the block that no engine translates. */
    void defineAlone(List<Encoding> encodings) {
        for (Encoding encoding : encodings) {
            memory.write(cpu.mmu.peek(encoding.address()), encoding.bytes());
            memory.write(cpu.mmu.peek(encoding.next()), UD2);
        }
    }

    Engine engine() {
        return machine.engine();
    }

    /**
     * Runs the instruction at {@code before.rip}; a REP instruction iteration by iteration.
     *
     * @return how many moments it took, or 0 when it raised a fault
     */
    int run(CpuState before, CpuState after) {
        load(before);
        int moments = step(before.rip);
        if (moments > 0) {
            store(after);
        }
        return moments;
    }

    /** Runs the instruction at this address; see {@link #run}. */
    private int step(long rip) {
        int moments = 0;
        do {
            if (!advance(1)) {
                return 0;
            }
            moments++;
        } while (cpu.gpr[Processor.RIP] == rip && moments < MOST_ITERATIONS);
        return moments;
    }

    /** Runs the instruction for exactly so many moments in one go; false when it raised a fault. */
    boolean runTogether(CpuState before, CpuState after, int moments) {
        load(before);
        boolean well = advance(moments);
        store(after);
        return well;
    }

    /** Places a sequence, with an undefined instruction behind it. */
    void define(Sequence sequence) {
        memory.write(cpu.mmu.peek(sequence.address()), sequence.bytes());
        memory.write(cpu.mmu.peek(sequence.end()), UD2);
    }

    /**
     * Runs a sequence instruction by instruction.
     *
     * @return whether it came to its end: no fault, and all operands where {@code reach} wants them
     */
    boolean follow(Sequence sequence, CpuState before, OperandReach reach, Trail trail) {
        load(before);
        trail.begin(before);
        for (long rip = before.rip; rip != sequence.end(); rip = cpu.gpr[Processor.RIP]) {
            Encoding encoding = sequence.at(rip);
            if (!reach.holds(encoding, trail.last())) {
                return false;
            }
            CpuState after = trail.step(encoding);
            int moments = step(rip);
            if (moments == 0) {
                return false;
            }
            trail.spent(moments);
            store(after);
        }
        return true;
    }

    /** Runs a sequence, delivering faults: the fault that it ends with, or null when it raises none. */
    Fault runToFault(CpuState before, CpuState after, int moments) {
        load(before);
        handlers.install();
        machine.run(machine.moment() + moments);
        store(after);
        Fault fault = handlers.take(after);
        setUpProgram();
        return fault;
    }

    private boolean advance(int moments) {
        boolean well = machine.run(machine.moment() + moments) == null;
        if (!well) {
            setUpMode();
        }
        return well;
    }

    private void load(CpuState state) {
        System.arraycopy(state.gpr, 0, cpu.gpr, 0, 16);
        cpu.gpr[Processor.RIP] = state.rip;
        cpu.setRflags(state.flags | Control.IF);
        System.arraycopy(state.xmm, 0, cpu.xmm, 0, 32);
        System.arraycopy(state.ymm, 0, cpu.ymm, 0, 32);
        cpu.mxcsr = state.mxcsr;
        cpu.fpu.reset();
        cpu.fpu.initialize();
        cpu.fpu.setControl(state.x87Control);
        cpu.fpu.setStatus(state.x87Status);
        cpu.fpu.setAbridgedTag(state.abridgedTag);
        for (int i = 0; i < 8; i++) {
            cpu.fpu.setPhysical(i, state.mmx[i], state.exponents[i]);
        }
        data.load(state.data);
        stack.load(state.stack);
    }

    private void store(CpuState state) {
        System.arraycopy(cpu.gpr, 0, state.gpr, 0, 16);
        state.rip = cpu.gpr[Processor.RIP];
        state.flags = cpu.rflags() & (Flags.STATUS | Control.DF);
        System.arraycopy(cpu.xmm, 0, state.xmm, 0, 32);
        System.arraycopy(cpu.ymm, 0, state.ymm, 0, 32);
        state.mxcsr = cpu.mxcsr;
        for (int i = 0; i < 8; i++) {
            state.mmx[i] = cpu.fpu.physicalSignificand(i);
            state.exponents[i] = cpu.fpu.physicalSignExponent(i);
        }
        state.abridgedTag = cpu.fpu.abridgedTag();
        state.x87Control = cpu.fpu.control();
        state.x87Status = cpu.fpu.status();
        data.store(state.data);
        stack.store(state.stack);
    }

    // ---------------------------------------------------------------- set-up

    private void setUpMode() {
        cpu.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_NE | Control.CR0_WP | Control.CR0_ET | Control.CR0_MP
                | Control.CR0_AM;
        cpu.cr3 = TOP_TABLE;
        cpu.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT | Control.CR4_OSXSAVE;
        cpu.xcr0 = cpu.machine().model().stateComponents();
        cpu.efer = Control.EFER_LME | Control.EFER_LMA | Control.EFER_NXE | Control.EFER_SCE;
        cpu.gdtBase = DESCRIPTORS;
        cpu.gdtLimit = 0x37;
        setUpProgram();
        cpu.mmu.flush();
    }

    private void setUpProgram() {
        cpu.idtLimit = 0;
        cpu.halted = false;
        int user = Segment.PRESENT | Segment.CODE_OR_DATA | 3 << 5;
        for (int i = 0; i <= Segment.GS; i++) {
            boolean used = codeSize == CodeSize.BITS_32 && i <= Segment.DS || i == Segment.SS;
            int data = user | Segment.BIG | Segment.GRANULAR | 3;
            cpu.segments[i].set(used ? 0x2B : 0, 0, used ? 0xFFFF_FFFFL : 0, used ? data : 0);
        }
        cpu.segments[Segment.LDTR].set(0, 0, 0, 0);
        int size = codeSize == CodeSize.BITS_64 ? Segment.LONG : Segment.BIG;
        cpu.segments[Segment.CS].set(codeSize == CodeSize.BITS_64 ? 0x33 : 0x23, 0, 0xFFFF_FFFFL,
                user | size | Segment.GRANULAR | 0xB);
        cpu.setCpl(3);
        cpu.updateCodeSize();
    }

    /** The descriptors that Linux has for user programs, at the same places: 32-bit code, data, 64-bit code; and 64-bit code of the supervisor. */
    private void describeSegments() {
        long table = cpu.mmu.peek(DESCRIPTORS);
        long host = memory.hostOf(memory.frameAt(table));
        HostMemory.put64(host + 0x08, 0x00AF_9B00_0000_FFFFL);
        HostMemory.put64(host + 0x20, 0x00CF_FB00_0000_FFFFL);
        HostMemory.put64(host + 0x28, 0x00CF_F300_0000_FFFFL);
        HostMemory.put64(host + 0x30, 0x00AF_FB00_0000_FFFFL);
    }

    private void map(long linear, int bytes, long rights) {
        for (long at = linear; at < linear + bytes; at += HostPages.PAGE) {
            long table = TOP_TABLE;
            for (int shift = 39; shift > 12; shift -= 9) {
                table = tableBehind(table + (at >>> shift & 511) * 8);
            }
            setEntry(table + (at >>> 12 & 511) * 8, freeFrame | rights);
            freeFrame += 3L * HostPages.PAGE; // neighbours must not follow each other
        }
    }

    private long tableBehind(long entry) {
        long host = memory.hostOf(memory.frameAt(entry)) + (entry & 4095);
        if (HostMemory.get64(host) == 0) {
            setEntry(entry, freeTable | PRESENT_WRITABLE_USER);
            freeTable += HostPages.PAGE;
        }
        return HostMemory.get64(host) & -4096L;
    }

    private void setEntry(long entry, long value) {
        HostMemory.put64(memory.hostOf(memory.frameAt(entry)) + (entry & 4095), value);
    }

    @Override
    public void close() {
        machine.close();
    }

    /** A range of linear addresses on one or two pages. */
    private final class Window {
        private final long first;
        private final long second;
        private final int firstBytes;

        Window(long linear, int bytes) {
            first = physical(linear);
            firstBytes = Math.min(bytes, HostPages.PAGE - ((int) linear & 4095));
            second = physical(linear + bytes - 1) & -4096L;
        }

        private long physical(long linear) {
            return cpu.mmu.peek(linear);
        }

        private long host(long physical) {
            return memory.hostOf(memory.frameAt(physical)) + (physical & 4095);
        }

        void load(byte[] bytes) {
            HostMemory.write(host(first), bytes, 0, firstBytes);
            if (firstBytes < bytes.length) {
                HostMemory.write(host(second), bytes, firstBytes, bytes.length - firstBytes);
            }
        }

        void store(byte[] bytes) {
            HostMemory.read(host(first), bytes, 0, firstBytes);
            if (firstBytes < bytes.length) {
                HostMemory.read(host(second), bytes, firstBytes, bytes.length - firstBytes);
            }
        }
    }
}
