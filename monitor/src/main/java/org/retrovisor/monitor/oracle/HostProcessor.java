package org.retrovisor.monitor.oracle;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Descriptors;
import org.retrovisor.monitor.processor.Flags;

/**
 * Runs single instructions on the host. The entry stub saves what the JVM needs, loads a whole state and jumps to the
 * instruction; a landing brings control to the exit stub, which stores everything and returns. Code of 32 bits runs in
 * the code segment that Linux has for 32-bit programs; there is one pair of stubs for each size.
 *
 * <pre>
 * control page   000 XSAVE image (FXSAVE where there is no AVX) in  |  400 image out  |  800 registers in  |  880 registers out
 *                900 RFLAGS in, 908 out  |  910 where it landed  |  918 pointer to the instruction
 *                920 pointer to the exit stub  |  928 the JVM's RSP, 930 MXCSR, 934 x87 control word
 *                940 far pointer to the instruction  |  948 far pointer to the exit stub of 32-bit code
 *                950 the fault, if any: vector (-1 for none), error code, CR2, RIP, RSP, 8 bytes each  |  978 ticks of the timer
 *                1000 top of the stubs' own stack, downward
 * </pre>
 */
final class HostProcessor {
    private static final int IMAGE_IN = 0;
    private static final int IMAGE_OUT = 0x400;
    private static final int GPR_IN = 0x800;
    private static final int GPR_OUT = 0x880;
    private static final int FLAGS_IN = 0x900;
    private static final int FLAGS_OUT = 0x908;
    private static final int LANDED = 0x910;
    private static final int TARGET = 0x918;
    private static final int EXIT = 0x920;
    private static final int JVM_RSP = 0x928;
    private static final int JVM_MXCSR = 0x930;
    private static final int JVM_CONTROL_WORD = 0x934;

    private static final int FAR_TARGET = 0x940;
    private static final int FAR_EXIT = 0x948;
    private static final int FAULT = 0x950;
    private static final int TICKS = 0x978;
    private static final int NO_FAULT = -1;
    /** What may be of an interrupt is not when it comes so often, one time after the other. */
    private static final int CERTAIN = 3;
    /** Nor is it looked at any longer. */
    private static final int ATTEMPTS = 9;

    // Linux' selectors for user programs
    private static final int CODE_32 = 0x23;
    private static final int DATA = 0x2B;
    private static final int CODE_64 = 0x33;

    private static final int IMAGE_ST = 32;
    private static final int IMAGE_XMM = 160;
    private static final int IMAGE_COMPONENTS = 512;
    private static final int IMAGE_YMM = 576;
    /** x87, SSE and the upper halves. */
    private static final int COMPONENTS = 7;
    private static final int RSP = 4;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private final HostPages pages;
    private final boolean upperHalves;
    private final MemorySegment control;
    private final MemorySegment dataWindow;
    private final MemorySegment stackWindow;
    private final MethodHandle entry;
    private final CodeSize codeSize;
    private CaseJournal journal;
    private final ByteBuffer stub = ByteBuffer.allocate(HostPages.STUBS_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    HostProcessor(HostPages pages, CodeSize codeSize) {
        this(pages, codeSize, HostFeatures.of(pages).hasUpperHalves());
    }

    /** One that saves and loads the upper halves of YMM registers, or leaves them alone. */
    HostProcessor(HostPages pages, CodeSize codeSize, boolean upperHalves) {
        this.pages = pages;
        this.upperHalves = upperHalves;
        this.codeSize = codeSize;
        control = pages.at(pages.control, HostPages.PAGE);
        dataWindow = pages.at(StateMaker.dataWindow(pages), CpuState.DATA_WINDOW);
        stackWindow = pages.at(StateMaker.stackWindow(pages), CpuState.STACK_WINDOW);
        entryStub();
        control.set(LONG, EXIT, pages.code + stub.position());
        control.set(LONG, FAR_EXIT, pages.code + stub.position() | (long) CODE_64 << 32);
        exitStub();
        if (pages.isUnusedCode(pages.code + stub.position())) {
            throw new IllegalStateException("the stubs are too long");
        }
        entry = Linker.nativeLinker().downcallHandle(
                MemorySegment.ofAddress(pages.code), FunctionDescriptor.ofVoid(), Linker.Option.critical(false));
    }

    /** From now on each case is noted before it runs; see {@link #runNoted}. */
    void keep(CaseJournal newJournal) {
        journal = newJournal;
    }

    boolean hasUpperHalves() {
        return upperHalves;
    }

    /** Places instructions into the slots, from the first on, and makes them executable. */
    void define(List<byte[]> slots) {
        define(0, slots);
    }

    /** The same from another slot on. */
    void define(int first, List<byte[]> slots) {
        pages.protectCode(false);
        pages.write(pages.code, stub.array());
        for (int slot = 0; slot < slots.size(); slot++) {
            pages.write(pages.instruction(first + slot) - Landing.INSTRUCTION, slots.get(slot));
        }
        pages.protectCode(true);
    }

    /** The bytes of a slot with this instruction. */
    byte[] slot(int number, byte[] instruction) {
        return Landing.slot(codeSize, pages.instruction(number), instruction, pages.control + LANDED, exitPointer());
    }

    /** The bytes of the two slots that a sequence needs. */
    List<byte[]> slots(Sequence sequence) {
        return Landing.slots(codeSize, sequence, pages.control + LANDED, exitPointer());
    }

    private long exitPointer() {
        return pages.control + (codeSize == CodeSize.BITS_64 ? EXIT : FAR_EXIT);
    }

    /** Whether this host lets a 64-bit program run 32-bit code; asks LAR about the code segment. */
    static boolean runs32BitCode(HostPages pages) {
        HostProcessor host = new HostProcessor(pages, CodeSize.BITS_64, false);
        host.define(List.of(host.slot(0, new byte[]{0x0F, 0x02, (byte) 0xC1}))); // lar eax, ecx
        CpuState state = new CpuState();
        state.rip = pages.instruction(0);
        state.gpr[1] = CODE_32;
        state.gpr[RSP] = StateMaker.stackWindow(pages);
        host.run(state, state);
        return (state.flags & Flags.ZF) != 0 && (state.gpr[0] & 0x60_9800) == 0x40_9800; // present code with D, no L
    }

    /** Runs the instruction at {@code before.rip}. */
    void run(CpuState before, CpuState after) {
        load(before);
        try {
            // Safe as far as the interpreter raised no fault from the same state; a fault here ends the JVM.
            entry.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        store(after);
    }

    /** Handlers for the signals of faults; see {@link #runToFault}. */
    HostSignals signals() {
        return new HostSignals(pages, pages.control + FAULT, control.get(LONG, EXIT), pages.control + HostPages.PAGE);
    }

    /**
     * Runs what is at {@code before.rip}, with the handlers installed: the fault it ends with, or null when it raises none.
     *
     * <p>On some hosts a return from an interrupt refuses a stack pointer that is not canonical, with a signal at whatever was interrupted,
     * whose vector may be an older fault's. So a case that ends with a fault and such a stack pointer is run again until it ends the same way
     * three times, one after the other.
     */
    Fault runToFault(CpuState before, CpuState after) {
        Fault fault = runOnce(before, after);
        int same = 1;
        for (int n = 1; n < ATTEMPTS && same < CERTAIN && mayBeOfAnInterrupt(fault, after); n++) {
            Fault again = runOnce(before, after);
            same = fault.equals(again) ? same + 1 : 1;
            fault = again;
        }
        return fault;
    }

    /** The same for a case of this number, with this code, which is noted in the journal. */
    Fault runNoted(byte[] code, int number, CpuState before, CpuState after) {
        if (journal == null) {
            return runToFault(before, after);
        }
        journal.begin(code, number);
        Fault fault = runToFault(before, after);
        journal.end();
        return fault;
    }

    private Fault runOnce(CpuState before, CpuState after) {
        control.set(LONG, FAULT, NO_FAULT);
        control.set(INT, TICKS, 0);
        run(before, after);
        int vector = (int) control.get(LONG, FAULT);
        if (vector == NO_FAULT) {
            return null;
        }
        after.rip = control.get(LONG, FAULT + 24);
        after.gpr[RSP] = control.get(LONG, FAULT + 32);
        return Fault.of(vector, control.get(LONG, FAULT + 8), control.get(LONG, FAULT + 16), after.rip);
    }

    private static boolean mayBeOfAnInterrupt(Fault fault, CpuState after) {
        return fault != null && !Descriptors.isCanonical(after.gpr[RSP]);
    }

    private void load(CpuState state) {
        for (int i = 0; i < 16; i++) {
            control.set(LONG, GPR_IN + 8L * i, state.gpr[i]);
        }
        control.set(LONG, FLAGS_IN, state.flags | Control.ALWAYS_ONE | Control.IF);
        control.set(LONG, TARGET, state.rip);
        control.set(LONG, FAR_TARGET, state.rip | (long) CODE_32 << 32);
        control.set(INT, IMAGE_IN, state.x87Control | state.x87Status << 16);
        control.set(INT, IMAGE_IN + 4, state.abridgedTag);
        control.set(INT, IMAGE_IN + 24, state.mxcsr);
        int top = state.x87Status >> 11;
        for (int i = 0; i < 8; i++) {
            control.set(LONG, IMAGE_IN + IMAGE_ST + 16L * i, state.mmx[top + i & 7]);
            control.set(LONG, IMAGE_IN + IMAGE_ST + 16L * i + 8, state.exponents[top + i & 7]);
        }
        MemorySegment.copy(state.xmm, 0, control, LONG, IMAGE_IN + IMAGE_XMM, 32);
        if (upperHalves) {
            control.set(LONG, IMAGE_IN + IMAGE_COMPONENTS, COMPONENTS);
            MemorySegment.copy(state.ymm, 0, control, LONG, IMAGE_IN + IMAGE_YMM, 32);
        }
        MemorySegment.copy(state.data, 0, dataWindow, ValueLayout.JAVA_BYTE, 0, CpuState.DATA_WINDOW);
        MemorySegment.copy(state.stack, 0, stackWindow, ValueLayout.JAVA_BYTE, 0, CpuState.STACK_WINDOW);
    }

    private void store(CpuState state) {
        for (int i = 0; i < 16; i++) {
            state.gpr[i] = control.get(LONG, GPR_OUT + 8L * i);
        }
        state.flags = (int) control.get(LONG, FLAGS_OUT) & (Flags.STATUS | Control.DF);
        state.rip = control.get(INT, LANDED) & 0xFFFF_FFFFL;
        state.x87Control = control.get(INT, IMAGE_OUT) & 0xFFFF;
        state.x87Status = control.get(INT, IMAGE_OUT) >>> 16;
        int top = state.x87Status >> 11;
        state.abridgedTag = control.get(ValueLayout.JAVA_BYTE, IMAGE_OUT + 4) & 0xFF;
        state.mxcsr = control.get(INT, IMAGE_OUT + 24);
        for (int i = 0; i < 8; i++) {
            state.mmx[i] = control.get(LONG, IMAGE_OUT + IMAGE_ST + 16L * (i - top & 7));
            state.exponents[i] = control.get(INT, IMAGE_OUT + IMAGE_ST + 16L * (i - top & 7) + 8) & 0xFFFF;
        }
        MemorySegment.copy(control, LONG, IMAGE_OUT + IMAGE_XMM, state.xmm, 0, 32);
        if (upperHalves) {
            MemorySegment.copy(control, LONG, IMAGE_OUT + IMAGE_YMM, state.ymm, 0, 32);
        }
        MemorySegment.copy(dataWindow, ValueLayout.JAVA_BYTE, 0, state.data, 0, CpuState.DATA_WINDOW);
        MemorySegment.copy(stackWindow, ValueLayout.JAVA_BYTE, 0, state.stack, 0, CpuState.STACK_WINDOW);
    }

    // ---------------------------------------------------------------- stubs

    private void entryStub() {
        emit(0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57, 0x9C); // push rbx, rbp, r12 to r15, flags
        storeRegister(RSP, JVM_RSP);
        at(JVM_MXCSR, 0x0F, 0xAE, 0x1C, 0x25); // stmxcsr
        at(JVM_CONTROL_WORD, 0xD9, 0x3C, 0x25); // fnstcw
        if (upperHalves) {
            components();
            at(IMAGE_IN, 0x48, 0x0F, 0xAE, 0x2C, 0x25); // xrstor64
        } else {
            at(IMAGE_IN, 0x48, 0x0F, 0xAE, 0x0C, 0x25); // fxrstor64
        }
        if (codeSize == CodeSize.BITS_32) {
            dataSegments(DATA);
        }
        ownStack();
        at(FLAGS_IN, 0xFF, 0x34, 0x25); // push
        emit(0x9D); // popfq
        for (int register = 0; register < 16; register++) {
            if (register != RSP) {
                loadRegister(register, GPR_IN + 8 * register);
            }
        }
        loadRegister(RSP, GPR_IN + 8 * RSP);
        if (codeSize == CodeSize.BITS_32) {
            at(FAR_TARGET, 0xFF, 0x2C, 0x25); // jmp far
        } else {
            at(TARGET, 0xFF, 0x24, 0x25); // jmp
        }
    }

    /** mov ecx, selector; mov ds, ecx; mov es, ecx. In 64-bit mode nobody looks at them but MOV and PUSH. */
    private void dataSegments(int selector) {
        emit(0xB9, selector, 0, 0, 0, 0x8E, 0xD9, 0x8E, 0xC1);
    }

    private void exitStub() {
        for (int register = 0; register < 16; register++) {
            storeRegister(register, GPR_OUT + 8 * register);
        }
        ownStack();
        emit(0x9C); // pushfq
        at(FLAGS_OUT, 0x8F, 0x04, 0x25); // pop
        emit(0xFC); // cld
        dataSegments(0); // as Linux gives them to 64-bit programs; 64-bit code may load them, too
        if (upperHalves) {
            components();
            at(IMAGE_OUT, 0x48, 0x0F, 0xAE, 0x24, 0x25); // xsave64
            emit(0xC5, 0xF8, 0x77); // vzeroupper, as compiled code expects it
        } else {
            at(IMAGE_OUT, 0x48, 0x0F, 0xAE, 0x04, 0x25); // fxsave64
        }
        loadRegister(RSP, JVM_RSP);
        emit(0xDB, 0xE3); // fninit
        at(JVM_MXCSR, 0x0F, 0xAE, 0x14, 0x25); // ldmxcsr
        at(JVM_CONTROL_WORD, 0xD9, 0x2C, 0x25); // fldcw
        emit(0x9D, 0x41, 0x5F, 0x41, 0x5E, 0x41, 0x5D, 0x41, 0x5C, 0x5D, 0x5B, 0xC3); // pops of the pushes; ret
    }

    /** mov eax, COMPONENTS; xor edx, edx. */
    private void components() {
        emit(0xB8, COMPONENTS, 0, 0, 0, 0x31, 0xD2);
    }

    /** mov esp, top of the control page. */
    private void ownStack() {
        emit(0xBC);
        stub.putInt((int) pages.control + HostPages.PAGE);
    }

    private void loadRegister(int register, int offset) {
        at(offset, 0x48 | register >> 3 << 2, 0x8B, (register & 7) << 3 | 4, 0x25);
    }

    private void storeRegister(int register, int offset) {
        at(offset, 0x48 | register >> 3 << 2, 0x89, (register & 7) << 3 | 4, 0x25);
    }

    /** An instruction whose operand is at an absolute address in the control page. */
    private void at(int offset, int... opcode) {
        emit(opcode);
        stub.putInt((int) pages.control + offset);
    }

    private void emit(int... bytes) {
        for (int b : bytes) {
            stub.put((byte) b);
        }
    }
}
