package org.retrovisor.tools.task;

import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.isa.CodeSize;
import org.retrovisor.monitor.isa.Decoder;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.isa.InstructionTable;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.processor.Segment;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.Trace;

/**
 * A line for each moment of a part of a trace: what is about to be executed, and the registers before it. The form is
 * described in the user guide and stays as it is:
 *
 * <pre>
 * MOMENT CS:RIP BYTES RAX=... RBX=... RCX= RDX= RSI= RDI= RBP= RSP= R8= ... R15= RFL=... CPL=.
 * </pre>
 *
 * <p>Order and names of registers are those of QEMU's {@code -d cpu}. Costs a short run of the engine for each line.
 */
public final class InstructionLog {
    private static final String[] NAMES = {"RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP", "R8", "R9", "R10",
        "R11", "R12", "R13", "R14", "R15"};
    private static final int[] NUMBERS = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final int PAGE = 4096;
    private static final int LONGEST = 15;

    private final Timeline timeline;
    private final PrintStream out;
    private final Decoder decoder;
    private final byte[] bytes = new byte[LONGEST];

    private InstructionLog(Timeline timeline, PrintStream out) {
        this.timeline = timeline;
        this.out = out;
        this.decoder = new Decoder(InstructionTable.of(timeline.machine().model().features()));
    }

    /**
     * Writes the lines of the moments {@code from} to {@code to}, the last one included, or to the end of the trace.
     *
     * @return how many lines there are
     */
    public static long write(
            Trace trace, Engine.Factory engines, long from, long to, PrintStream out, BooleanSupplier interrupted) {
        try (Timeline timeline = Timeline.open(trace, engines, unused -> {}, Timeline.defaultBudget())) {
            return new InstructionLog(timeline, out).lines(from, to, interrupted);
        }
    }

    private long lines(long from, long to, BooleanSupplier interrupted) {
        long count = 0;
        Outcome outcome = timeline.seek(Math.max(from, timeline.beginning()), interrupted);
        while (outcome.reason() == Outcome.Reason.DONE && timeline.moment() <= to && !timeline.atEnd()) {
            line();
            count++;
            outcome = timeline.seek(timeline.moment() + 1, interrupted);
        }
        out.flush();
        return count;
    }

    private void line() {
        Machine machine = timeline.machine();
        Processor cpu = machine.current();
        StringBuilder line = new StringBuilder().append(timeline.moment());
        line.append(' ').append(hex(cpu.segments[Segment.CS].selector, 4)).append(':')
                .append(hex(cpu.gpr[Processor.RIP], 16)).append(' ');
        appendInstruction(line, machine, cpu);
        for (int n = 0; n < NAMES.length; n++) {
            line.append(' ').append(NAMES[n]).append('=').append(hex(cpu.gpr[NUMBERS[n]], 16));
        }
        line.append(" RFL=").append(hex(cpu.rflags(), 8)).append(" CPL=").append(cpu.cpl);
        out.println(line);
    }

    /** The bytes of the instruction at RIP; as many question marks as digits where they cannot be fetched. */
    private void appendInstruction(StringBuilder line, Machine machine, Processor cpu) {
        long rip = cpu.gpr[Processor.RIP];
        long linear = cpu.codeSize == CodeSize.BITS_64
                ? rip
                : cpu.segments[Segment.CS].base + rip & 0xFFFF_FFFFL;
        int there = fetch(machine, cpu, linear);
        Instruction instruction = decoder.decode(bytes, 0, there, cpu.codeSize);
        if (instruction == null) {
            line.append("??");
            return;
        }
        for (int n = 0; n < instruction.length; n++) {
            line.append(hex(bytes[n] & 0xFF, 2));
        }
    }

    private int fetch(Machine machine, Processor cpu, long linear) {
        for (int n = 0; n < LONGEST; n++) {
            long physical = cpu.mmu.peek(linear + n);
            if (physical < 0 || machine.memory().frameAt(physical) < 0) {
                return n;
            }
            int room = Math.min(LONGEST - n, PAGE - (int) (linear + n & PAGE - 1));
            machine.memory().read(physical, bytes, n, room);
            n += room - 1;
        }
        return LONGEST;
    }

    private static String hex(long value, int digits) {
        return String.format("%0" + digits + "x", value);
    }
}
