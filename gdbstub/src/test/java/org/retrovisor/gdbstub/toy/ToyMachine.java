package org.retrovisor.gdbstub.toy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.GuestState;
import org.retrovisor.gdbstub.debuggee.Interruption;
import org.retrovisor.gdbstub.debuggee.MonitorCommands;
import org.retrovisor.gdbstub.debuggee.PhysicalMemory;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.ReversibleTarget;
import org.retrovisor.gdbstub.debuggee.StepRange;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.debuggee.Watchpoint;
import org.retrovisor.gdbstub.features.Register;

/** A machine whose whole past is a list of states. Slow and obvious: the reference for how a target behaves. */
public final class ToyMachine implements ReversibleTarget, PhysicalMemory, MonitorCommands {
    public static final long CODE = ToyProgram.CODE;
    public static final long LOOP = ToyProgram.LOOP;
    public static final long STORE = ToyProgram.STORE;
    public static final long LOAD = ToyProgram.LOAD;
    public static final long DONE = ToyProgram.DONE;
    public static final long HALT = ToyProgram.HALT;
    public static final long OTHER = ToyProgram.OTHER;
    public static final long TOTAL = ToyProgram.TOTAL;
    public static final long LIMIT = ToyProgram.LIMIT;
    private static final int PAGE = 4096;
    /** Physical address 0 is the page of code, the page of data follows. */
    private static final long VIRTUAL_OFFSET = CODE;

    private final ToyProgram program = new ToyProgram();
    private final List<ToyState> past = new ArrayList<>();
    private int moment;
    private final CountDownLatch searching = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private volatile boolean endless;
    private volatile boolean slow;

    public ToyMachine() {
        past.add(new ToyState());
        for (int i = 0; last().processors.get(0).get("rip") != HALT; i++) {
            past.add(last().next(program, i));
        }
    }

    /** From now on, continuing finds neither stop points nor an end, like a search through a very long past. */
    public void makeEndless() {
        endless = true;
    }

    /** From now on, reading memory takes longer than a gdb waits that was told to wait for a second. */
    public void makeMemorySlow() {
        slow = true;
    }

    /** Waits until such a search is under way. */
    public void awaitSearch() throws InterruptedException {
        searching.await();
    }

    /** Waits until such a search was interrupted. */
    public void awaitInterruption() throws InterruptedException {
        interrupted.await();
    }

    /** Stands at the end of its past. */
    public ToyMachine atEnd() {
        moment = past.size() - 1;
        return this;
    }

    public int moment() {
        return moment;
    }

    public int lastMoment() {
        return past.size() - 1;
    }

    private ToyState last() {
        return past.get(past.size() - 1);
    }

    private ToyState now() {
        return past.get(moment);
    }

    @Override
    public List<ProcessorId> processors() {
        return List.of(new ProcessorId(0), new ProcessorId(1));
    }

    @Override
    public ProcessorId current() {
        return new ProcessorId(now().owner);
    }

    @Override
    public String describe(ProcessorId processor) {
        return "moment " + moment + " <kernel>";
    }

    @Override
    public RegisterFile registers(ProcessorId processor) {
        return registers(moment, processor.index());
    }

    private RegisterFile registers(int when, int processor) {
        return register -> read(when, processor, register);
    }

    private Optional<byte[]> read(int when, int processor, Register register) {
        if (register.name().equals("dr6")) {
            return Optional.empty();
        }
        long value = register.name().equals("moment")
                ? when
                : past.get(when).processors.get(processor).getOrDefault(register.name(), (long) register.number());
        return Optional.of(Arrays.copyOf(littleEndian(value), register.bytes()));
    }

    private static byte[] littleEndian(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    @Override
    public byte[] readMemory(ProcessorId processor, long virtualAddress, int length) {
        sleep(slow ? 3500 : 0);
        return read(moment, virtualAddress, length);
    }

    @Override
    public byte[] readPhysical(long address, int length) {
        return read(moment, address + VIRTUAL_OFFSET, length);
    }

    private byte[] read(int when, long address, int length) {
        byte[] memory = Arrays.copyOf(program.page(), 2 * PAGE);
        past.get(when).memory.forEach(
                (at, value) -> System.arraycopy(littleEndian(value), 0, memory, (int) (at - VIRTUAL_OFFSET), 8));
        long from = address - VIRTUAL_OFFSET;
        if (from < 0 || from >= memory.length) {
            throw new TargetError("no memory is mapped at 0x" + Long.toHexString(address));
        }
        return Arrays.copyOfRange(memory, (int) from, (int) Math.min(memory.length, from + length));
    }

    @Override
    public String readOnlyReason() {
        return "the past is recorded and can only be read";
    }

    @Override
    public Stop stepForward(ProcessorId processor, StepRange range, StopPoints stops, Interruption interruption) {
        int executed = 0;
        while (moment < lastMoment()) {
            boolean own = now().owner == processor.index();
            moment++;
            Optional<Stop> stop = watchpoint(stops, moment).or(() -> own ? Optional.empty() : breakpoint(stops));
            if (stop.isPresent()) {
                return stop.get();
            }
            executed += own ? 1 : 0;
            if (own && !range.contains(now().processors.get(processor.index()).get("rip"))) {
                return new Stop.Stepped(processor);
            }
            if (executed > 0 && breakpoint(stops).isPresent()) {
                return breakpoint(stops).get();
            }
        }
        return new Stop.EndOfTrace(processor);
    }

    @Override
    public Stop continueForward(StopPoints stops, Interruption interruption) {
        if (endless) {
            return waitFor(interruption);
        }
        while (moment < lastMoment()) {
            moment++;
            Optional<Stop> stop = watchpoint(stops, moment).or(() -> breakpoint(stops));
            if (stop.isPresent()) {
                return stop.get();
            }
        }
        return new Stop.EndOfTrace(current());
    }

    @Override
    public Stop stepBackward(ProcessorId processor, StopPoints stops, Interruption interruption) {
        while (moment > 0) {
            moment--;
            Optional<Stop> stop = watchpoint(stops, moment + 1);
            if (stop.isPresent()) {
                return stop.get();
            }
            if (now().owner == processor.index()) {
                return new Stop.Stepped(processor);
            }
        }
        return new Stop.BeginningOfTrace(processor);
    }

    @Override
    public Stop continueBackward(StopPoints stops, Interruption interruption) {
        if (endless) {
            return waitFor(interruption);
        }
        while (moment > 0) {
            moment--;
            Optional<Stop> stop = watchpoint(stops, moment + 1).or(() -> breakpoint(stops));
            if (stop.isPresent()) {
                return stop.get();
            }
        }
        return new Stop.BeginningOfTrace(current());
    }

    private Stop waitFor(Interruption interruption) {
        searching.countDown();
        try {
            while (!interruption.requested()) {
                Thread.sleep(1);
            }
            interrupted.countDown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Stop.Interrupted(current());
    }

    private Optional<Stop> breakpoint(StopPoints stops) {
        long next = now().get("rip");
        return stops.breakpoints().stream()
                .filter(breakpoint -> breakpoint.address() == next && holds(breakpoint))
                .findFirst()
                .map(breakpoint -> new Stop.AtBreakpoint(current(), breakpoint));
    }

    private boolean holds(Breakpoint breakpoint) {
        return breakpoint.condition().holds(new GuestState() {
            @Override
            public RegisterFile registers() {
                return ToyMachine.this.registers(current());
            }

            @Override
            public byte[] readMemory(long virtualAddress, int length) {
                return read(moment, virtualAddress, length);
            }
        });
    }

    /** What the instruction before the moment {@code after} accessed. */
    private Optional<Stop> watchpoint(StopPoints stops, int after) {
        ToyState.Access access = past.get(after).lastAccess;
        if (access == null) {
            return Optional.empty();
        }
        ProcessorId executed = new ProcessorId(past.get(after - 1).owner);
        return stops.watchpoints().stream()
                .filter(watchpoint -> watches(watchpoint, access))
                .findFirst()
                .map(watchpoint -> new Stop.AtWatchpoint(executed, watchpoint, watchpoint.address()));
    }

    private static boolean watches(Watchpoint watchpoint, ToyState.Access access) {
        return watchpoint.overlaps(access.address(), 8)
                && (access.write() ? watchpoint.watchesWrites() : watchpoint.watchesReads());
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void monitorCommand(String line, Consumer<String> output, Interruption interruption) {
        switch (line) {
            case "search" -> {
                waitFor(interruption);
                output.accept("interrupted\n");
            }
            case "wander" -> {
                waitFor(interruption);
                moment = Math.min(moment + 3, lastMoment());
            }
            case "nap" -> sleep(1);
            case "sleep" -> sleep(3500);
            case "when" -> output.accept("moment " + moment + "\n");
            case "long" -> output.accept("0123456789".repeat(1000) + "\n");
            case "longer" -> output.accept("0123456789".repeat(10_000) + "\n");
            default -> throw new TargetError("unknown command " + line + "; try help");
        }
    }
}
