package org.retrovisor.tools.travel;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.processor.AccessWatch;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.Timeline;
import org.retrovisor.trace.Trace;

/**
 * What a trace does, found out in the most obvious way: from the beginning, one moment after another, never back.
 *
 * <p>{@link #touched} executes it all over again for each watch.
 */
final class Reference {
    /** String instructions, and INS and OUTS. */
    private static final String STRING_OPCODES = "a4 a5 a6 a7 aa ab ac ad ae af 6c 6d 6e 6f";

    private final Trace trace;
    private final long[][] registers = new long[Processor.RIP + 1][];
    private final int[] flags;
    private final BitSet midRepeat = new BitSet();
    final int end;

    Reference(Trace trace) {
        this.trace = trace;
        this.end = (int) trace.manifest().getEnd().getMoment();
        this.flags = new int[end + 1];
        for (int i = 0; i < registers.length; i++) {
            registers[i] = new long[end + 1];
        }
        walk(this::note);
    }

    /** Looks at a machine that has just come to a moment. */
    private interface Visitor {
        void at(int moment, Machine machine);
    }

    private void walk(Visitor visitor) {
        try (Timeline fresh = Timeline.open(trace, Interpreter::new, value -> {}, 0)) {
            Machine machine = fresh.machine();
            visitor.at(0, machine);
            for (int moment = 1; moment <= end; moment++) {
                machine.run(moment);
                visitor.at(moment, machine);
            }
        }
    }

    private void note(int moment, Machine machine) {
        Processor cpu = machine.current();
        for (int i = 0; i < registers.length; i++) {
            registers[i][moment] = cpu.gpr[i];
        }
        flags[moment] = cpu.rflags();
        boolean stays = moment > 0
                && get(Processor.RIP, moment) == get(Processor.RIP, moment - 1)
                && get(Processor.RCX, moment) == get(Processor.RCX, moment - 1) - 1;
        if (stays && repeats(machine)) {
            midRepeat.set(moment);
        }
    }

    private static boolean repeats(Machine machine) {
        byte[] code = new byte[6];
        Processor cpu = machine.current();
        machine.memory().read(cpu.mmu.peek(cpu.gpr[Processor.RIP]), code, 0, code.length);
        boolean prefixed = false;
        for (byte value : code) {
            int unsigned = value & 0xFF;
            boolean repeat = unsigned == 0xF3 || unsigned == 0xF2;
            if (!repeat && unsigned != 0x66 && unsigned != 0x67 && unsigned >> 4 != 4) {
                return prefixed && STRING_OPCODES.contains("%02x".formatted(unsigned));
            }
            prefixed |= repeat;
        }
        return false;
    }

    /** The value of a general register, or of RIP, at a moment. */
    long get(int register, long moment) {
        return registers[register][(int) moment];
    }

    /** All of them, and RFLAGS. */
    long[] state(long moment) {
        long[] state = new long[registers.length + 1];
        for (int i = 0; i < registers.length; i++) {
            state[i] = get(i, moment);
        }
        state[registers.length] = flags[(int) moment];
        return state;
    }

    /** The same of a machine as it stands. */
    static long[] state(Machine machine) {
        Processor cpu = machine.current();
        long[] state = Arrays.copyOf(cpu.gpr, Processor.RIP + 2);
        state[Processor.RIP + 1] = cpu.rflags();
        return state;
    }

    /** Whether a debugger with a breakpoint at {@code rip} is to stop at a moment. */
    boolean reaches(long rip, long moment) {
        return moment < end && get(Processor.RIP, moment) == rip && !midRepeat.get((int) moment);
    }

    /** Moments between two iterations of a REP instruction. */
    BitSet midRepeat() {
        return midRepeat;
    }

    /** Moments at which a handler of an interrupt or exception begins, told by the frame of five words on the stack. */
    BitSet handlerEntries() {
        BitSet entries = new BitSet();
        for (int moment = 1; moment <= end; moment++) {
            long pushed = get(Processor.RSP, moment - 1) - get(Processor.RSP, moment);
            if (pushed >= 40 && pushed <= 64
                    && Math.abs(get(Processor.RIP, moment) - get(Processor.RIP, moment - 1)) > 15) {
                entries.set(moment);
            }
        }
        return entries;
    }

    /** The moments at which an access of that kind has just been made. */
    BitSet touched(AtAccess at) {
        BitSet touched = new BitSet();
        AccessWatch watch = new AccessWatch(at.address(), at.length(), at.reads(), at.writes(), at.physical());
        byte[][] bytes = new byte[1][];
        walk((moment, machine) -> {
            DebugStops stops = machine.engine().debugStops();
            if (moment == 0) {
                stops.watch(machine, List.of(watch));
            } else if (!stops.touches().isEmpty()) {
                touched.set(moment);
            }
            byte[] now = contents(machine, at);
            if (at.writes() && moment > 0 && !Arrays.equals(now, bytes[0]) && !touched.get(moment)) {
                throw new AssertionError("a write at moment " + moment + " was not noticed: " + at);
            }
            bytes[0] = now;
        });
        return touched;
    }

    /** What is at an address that is the same physically and virtually throughout. */
    private static byte[] contents(Machine machine, AtAccess at) {
        byte[] bytes = new byte[(int) Math.min(at.length(), GuestMemory.PAGE)];
        machine.memory().read(at.address(), bytes, 0, bytes.length);
        return bytes;
    }
}
