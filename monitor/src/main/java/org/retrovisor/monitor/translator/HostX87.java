package org.retrovisor.monitor.translator;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.x87.X87Bits;
import org.retrovisor.monitor.x87.X87Images;

/**
 * The guest's x87 state on its way into the host's unit and back: an image of FXSAVE in the state block, which the way into
 * generated code loads and the way out stores.
 */
final class HostX87 {
    /** The condition codes that comparisons set, and that other instructions may leave or not. */
    static final int COMPARED = X87Bits.C0 | X87Bits.C2 | X87Bits.C3;

    static final int IMAGE_BYTES = 512;
    private static final int MXCSR_AT = 24;

    private final long origin;
    private final MemorySegment target;
    private final byte[] image = new byte[IMAGE_BYTES];
    /** Whether the next call will probably use the unit: the one before did. */
    private boolean expected;

    HostX87(long origin, MemorySegment target) {
        this.origin = origin;
        this.target = target;
        HostMemory.put32(origin + StateBlock.X87_IMAGE + MXCSR_AT, StateBlock.USUAL_MXCSR);
    }

    /**
     * Whether no x87 instruction can raise an exception, so that the host's unit may execute them. Selectors that an
     * environment brought are left to the interpreter, too, until its next instructions make them 0.
     */
    private static boolean usable(Processor cpu) {
        boolean available = (cpu.cr0 & (Control.CR0_EM | Control.CR0_TS)) == 0;
        boolean selectors = cpu.fpu.codeSelector() != 0 || cpu.fpu.dataSelector() != 0;
        return available && !selectors && (~cpu.fpu.control() & X87Bits.EXCEPTIONS) == 0;
    }

    /** A block asked for the unit that it was not given; answers whether it will be there next time. */
    boolean expect(Processor cpu) {
        expected = usable(cpu);
        return expected;
    }

    void enter(Processor cpu) {
        boolean valid = expected && usable(cpu);
        HostMemory.put32(origin + StateBlock.X87_VALID, valid ? 1 : 0);
        if (!valid) {
            return;
        }
        HostMemory.put32(origin + StateBlock.X87_USED, 0);
        HostMemory.put32(origin + StateBlock.X87_OPCODE, cpu.fpu.opcode());
        HostMemory.put64(origin + StateBlock.X87_INSTRUCTION_POINTER, cpu.fpu.instructionPointer());
        HostMemory.put64(origin + StateBlock.X87_DATA_POINTER, cpu.fpu.dataPointer());
        HostMemory.put32(origin + StateBlock.X87_CONDITIONS, cpu.fpu.status());
        X87Images.fxsave(cpu.fpu, true, image, 0);
        MemorySegment.copy(image, 0, target, ValueLayout.JAVA_BYTE, 0, MXCSR_AT);
        MemorySegment.copy(image, 32, target, ValueLayout.JAVA_BYTE, 32, 128);
    }

    /**
     * Takes the state back.
     *
     * @param asks whether generated code was left for a block that may use the unit
     */
    void leave(Processor cpu, boolean asks) {
        if (HostMemory.get32(origin + StateBlock.X87_VALID) == 0) {
            return;
        }
        boolean used = HostMemory.get32(origin + StateBlock.X87_USED) != 0;
        expected = used || asks;
        if (used) {
            MemorySegment.copy(target, ValueLayout.JAVA_BYTE, 0, image, 0, 160);
            X87Images.fxrstor(cpu.fpu, true, image, 0);
            int conditions = HostMemory.get32(origin + StateBlock.X87_CONDITIONS) & COMPARED;
            cpu.fpu.setStatus(cpu.fpu.status() & ~COMPARED | conditions);
            cpu.fpu.setLastInstruction(
                    HostMemory.get32(origin + StateBlock.X87_OPCODE), 0,
                    HostMemory.get64(origin + StateBlock.X87_INSTRUCTION_POINTER), 0,
                    HostMemory.get64(origin + StateBlock.X87_DATA_POINTER));
        }
    }
}
