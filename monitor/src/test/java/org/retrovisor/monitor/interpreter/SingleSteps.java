package org.retrovisor.monitor.interpreter;

import java.util.HexFormat;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** A processor in 64-bit mode without paging, one instruction at a time; faults come out as exceptions. */
public final class SingleSteps implements AutoCloseable {
    private static final HexFormat HEX = HexFormat.of();

    private final Machine machine;
    private final SemanticsTable semantics = SemanticsTable.standard();
    private final Decoder decoder = new Decoder(InstructionTable.standard());
    public final Processor cpu;

    public SingleSteps() {
        machine = new Machine(1 << 20, 1, new SilentBoundary(), Interpreter::new);
        cpu = machine.processor(0);
        cpu.efer |= Control.EFER_LMA | Control.EFER_LME;
        cpu.cr0 = Control.CR0_PE | Control.CR0_ET;
        cpu.cr4 = Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT | Control.CR4_OSXSAVE;
        cpu.segments[Segment.CS].set(8, 0, -1L >>> 32, Segment.PRESENT | Segment.CODE_OR_DATA | Segment.LONG | 0xB);
        cpu.updateCodeSize();
    }

    /** The instruction that these bytes, in hexadecimal, decode to. */
    public Instruction decode(String bytes) {
        byte[] code = HEX.parseHex(bytes.replace(" ", ""));
        Instruction instruction = decoder.decode(code, 0, code.length, cpu.codeSize);
        if (instruction == null || instruction.length != code.length) {
            throw new IllegalArgumentException("not one instruction: " + bytes);
        }
        instruction.semantics = semantics.of(instruction);
        return instruction;
    }

    /** Executes one instruction. */
    public void execute(String bytes) {
        Instruction instruction = decode(bytes);
        cpu.gpr[Processor.RIP] += instruction.length;
        instruction.semantics.execute(cpu, instruction);
    }

    /** The vector of the fault that an instruction raises, or -1. */
    public int faultOf(String bytes) {
        try {
            execute(bytes);
            return -1;
        } catch (GuestFault fault) {
            return fault.vector();
        }
    }

    public void setXmm(int register, long high, long low) {
        cpu.xmm[2 * register] = low;
        cpu.xmm[2 * register + 1] = high;
    }

    /** Register contents as 32 hexadecimal digits, highest first. */
    public String xmm(int register) {
        return HEX.toHexDigits(cpu.xmm[2 * register + 1]) + HEX.toHexDigits(cpu.xmm[2 * register]);
    }

    @Override
    public void close() {
        machine.close();
    }
}
