package org.retrovisor.monitor.x87;

import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.boundary.SilentBoundary;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;

/** A small machine in flat 32-bit mode that executes one x87 instruction at a time. */
final class GuestFpu implements AutoCloseable {
    static final int OPERAND = 0x3000;
    private static final int CODE = 0x1000;
    private static final int FLAT = Segment.PRESENT | Segment.CODE_OR_DATA | Segment.WRITABLE | Segment.BIG;

    private final Machine machine = new Machine(1 << 20, 1, new SilentBoundary(), Interpreter::new);
    final Processor cpu = machine.processor(0);

    GuestFpu() {
        cpu.cr0 = Control.CR0_PE | Control.CR0_NE | Control.CR0_ET;
        for (int s = Segment.ES; s <= Segment.GS; s++) {
            int type = s == Segment.CS ? Segment.EXECUTABLE : 0;
            cpu.segments[s].set(8, 0, 0xFFFF_FFFFL, FLAT | type);
        }
        cpu.updateCodeSize();
        cpu.mmu.flush();
        cpu.gpr[Processor.RSI] = OPERAND;
    }

    /** Places the instruction that {@link #step} executes. */
    void load(int... instruction) {
        for (int n = 0; n < 16; n++) {
            cpu.mmu.store8(CODE + n, n < instruction.length ? instruction[n] : 0xF4);
        }
    }

    /** Executes it once; returns whether it went through without a fault. */
    void step() {
        cpu.gpr[Processor.RIP] = CODE;
        machine.run(machine.moment() + 1);
    }

    /** The model of a case: the guest executes its very bytes. */
    void run(HostComparison c) {
        cpu.mmu.store64(OPERAND, c.operandLow);
        cpu.mmu.store16(OPERAND + 8, c.operandHigh);
        cpu.setRflags((int) c.flags & ~Control.IF);
        cpu.gpr[Processor.RAX] = 0;
        step();
        c.operandLow = cpu.mmu.load64(OPERAND);
        c.operandHigh = cpu.mmu.load16(OPERAND + 8);
        c.flags = cpu.rflags() | Control.IF;
        c.rax = cpu.gpr[Processor.RAX];
    }

    @Override
    public void close() {
        machine.close();
    }
}
