package org.retrovisor.monitor.interpreter.system;

import org.retrovisor.monitor.boundary.Space;
import org.retrovisor.monitor.interpreter.SemanticsTable;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.Semantics;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.monitor.processor.TaskState;
import org.retrovisor.monitor.processor.Vector;

import static org.retrovisor.monitor.processor.Processor.RAX;
import static org.retrovisor.monitor.processor.Processor.RCX;
import static org.retrovisor.monitor.processor.Processor.RDI;
import static org.retrovisor.monitor.processor.Processor.RDX;
import static org.retrovisor.monitor.processor.Processor.RSI;

/** IN, OUT, INS and OUTS. */
final class PortInstructions {
    private PortInstructions() {}

    static void bind(SemanticsTable table) {
        table.bind("IN_AL_Ib", (cpu, i) -> in(cpu, immediatePort(i), 1));
        table.bind("IN_eAX_Ib", (cpu, i) -> in(cpu, immediatePort(i), wide(i)));
        table.bind("IN_AL_DX", (cpu, i) -> in(cpu, cpu.get16(RDX), 1));
        table.bind("IN_eAX_DX", (cpu, i) -> in(cpu, cpu.get16(RDX), wide(i)));
        table.bind("OUT_Ib_AL", (cpu, i) -> out(cpu, immediatePort(i), 1));
        table.bind("OUT_Ib_eAX", (cpu, i) -> out(cpu, immediatePort(i), wide(i)));
        table.bind("OUT_DX_AL", (cpu, i) -> out(cpu, cpu.get16(RDX), 1));
        table.bind("OUT_DX_eAX", (cpu, i) -> out(cpu, cpu.get16(RDX), wide(i)));
        table.bindChooser("INS_Yb_DX", i -> string((cpu, x) -> input(cpu, x, 1), i, 1));
        table.bindChooser("INS_Yz_DX", i -> string((cpu, x) -> input(cpu, x, wide(x)), i, wide(i)));
        table.bindChooser("OUTS_DX_Xb", i -> string((cpu, x) -> output(cpu, x, 1), i, 1));
        table.bindChooser("OUTS_DX_Xz", i -> string((cpu, x) -> output(cpu, x, wide(x)), i, wide(i)));
    }

    private static int immediatePort(Instruction i) {
        return (int) i.immediate & 0xFF;
    }

    /** Ports are at most 32 bits wide. */
    private static int wide(Instruction i) {
        return i.operandSize == 2 ? 2 : 4;
    }

    private static void in(Processor cpu, int port, int size) {
        checkPorts(cpu, port, size);
        cpu.set(RAX, size, cpu.boundary().read(cpu, Space.PORT, port, size));
        cpu.breakpoints.portTouched(port, size);
    }

    private static void out(Processor cpu, int port, int size) {
        checkPorts(cpu, port, size);
        cpu.boundary().write(cpu, Space.PORT, port, size, cpu.get(RAX, size));
        cpu.breakpoints.portTouched(port, size);
    }

    // ---------------------------------------------------------------- strings

    private static void input(Processor cpu, Instruction i, int size) {
        int port = cpu.get16(RDX);
        checkPorts(cpu, port, size);
        long linear = cpu.linearForWriting(Segment.ES, cpu.get(RDI, i.addressSize), size);
        cpu.mmu.checkWrite(linear, size); // before the device gives its value away
        cpu.mmu.store(linear, size, cpu.boundary().read(cpu, Space.PORT, port, size));
        cpu.breakpoints.portTouched(port, size);
        advance(cpu, i, RDI, size);
    }

    private static void output(Processor cpu, Instruction i, int size) {
        int port = cpu.get16(RDX);
        checkPorts(cpu, port, size);
        long value = cpu.mmu.load(cpu.linear(i.segment, cpu.get(RSI, i.addressSize), size), size);
        cpu.boundary().write(cpu, Space.PORT, port, size, value);
        cpu.breakpoints.portTouched(port, size);
        advance(cpu, i, RSI, size);
    }

    private static void advance(Processor cpu, Instruction i, int register, int size) {
        boolean down = (cpu.systemFlags & Control.DF) != 0;
        cpu.set(register, i.addressSize, cpu.gpr[register] + (down ? -size : size));
    }

    private static Semantics string(Semantics once, Instruction i, int size) {
        return i.repeated() ? (cpu, x) -> repeat(cpu, x, once, size) : once;
    }

    /** Each iteration is a moment of its own, so that each access to the port has its own, too. */
    private static void repeat(Processor cpu, Instruction i, Semantics once, int size) {
        if (cpu.has(ModelChange.PORTS_BEFORE_COUNT)) {
            checkPorts(cpu, cpu.get16(RDX), size);
        }
        long left = cpu.limit - cpu.machine().moment();
        long count = cpu.get(RCX, i.addressSize);
        while (count != 0) {
            once.execute(cpu, i);
            count--;
            cpu.set(RCX, i.addressSize, count);
            left--;
            if (count != 0) {
                boolean touched = cpu.machine().engine().debugStops().touched();
                if (left <= 0 || cpu.wantsAttention() || touched) {
                    cpu.repeatLater(i);
                    return;
                }
                cpu.machine().retire(1);
            }
        }
    }

    private static void checkPorts(Processor cpu, int port, int count) {
        boolean trusted = cpu.cpl <= (cpu.systemFlags & Control.IOPL) >> 12 && !cpu.virtual8086();
        if (cpu.protectedMode() && !trusted && !TaskState.allowsPorts(cpu, port, count)) {
            throw cpu.fault(Vector.GP, 0);
        }
    }
}
