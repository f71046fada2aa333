package org.retrovisor.gdbstub.replayed;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.Condition;
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
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.replay.DivergenceException;
import org.retrovisor.replay.Hit;
import org.retrovisor.replay.Outcome;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.Timeline;

/** A recorded guest that stands at a moment of its {@link Timeline}. */
public final class ReplayTarget implements ReversibleTarget, PhysicalMemory, MonitorCommands {
    private final Timeline timeline;
    private final TimelineCommands commands;
    private final List<ProcessorId> processors = new ArrayList<>();

    /** The guest as it stands; the timeline is used by nobody else from now on. */
    public ReplayTarget(Timeline timeline) {
        this.timeline = timeline;
        this.commands = new TimelineCommands(timeline);
        for (int i = 0; i < timeline.machine().processorCount(); i++) {
            processors.add(new ProcessorId(i));
        }
    }

    @Override
    public List<ProcessorId> processors() {
        return processors;
    }

    @Override
    public ProcessorId current() {
        return processors.get(timeline.machine().current().index());
    }

    @Override
    public String describe(ProcessorId processor) {
        Processor cpu = cpu(processor);
        String mode = switch (cpu.codeSize) {
            case BITS_16 -> "16-bit code";
            case BITS_32 -> "32-bit code";
            case BITS_64 -> "64-bit code";
        };
        return "moment %d of %d, %s, CPL %d%s"
                .formatted(timeline.moment(), timeline.end(), mode, cpu.cpl, cpu.halted ? ", halted" : "");
    }

    @Override
    public RegisterFile registers(ProcessorId processor) {
        return new GuestRegisters(cpu(processor));
    }

    @Override
    public byte[] readMemory(ProcessorId processor, long virtualAddress, int length) {
        return GuestMemoryView.linear(cpu(processor), virtualAddress, length);
    }

    @Override
    public byte[] readPhysical(long address, int length) {
        return GuestMemoryView.physical(timeline.machine().memory(), address, length);
    }

    @Override
    public String readOnlyReason() {
        return "this is a recorded past, which cannot be changed; record another run to see what a change does";
    }

    @Override
    public void monitorCommand(String line, Consumer<String> output, Interruption interruption) {
        guarded(() -> {
            commands.execute(line, output, interruption::requested);
            return null;
        });
    }

    // ---------------------------------------------------------------- movements

    @Override
    public Stop stepForward(ProcessorId processor, StepRange range, StopPoints stops, Interruption interruption) {
        Points points = new Points(stops);
        return stop(
                points,
                processor,
                () -> timeline.stepForward(
                        processor.index(), range::contains, points.translated(), interruption::requested));
    }

    @Override
    public Stop continueForward(StopPoints stops, Interruption interruption) {
        Points points = new Points(stops);
        return stop(
                points, current(), () -> timeline.continueForward(points.translated(), interruption::requested));
    }

    @Override
    public Stop stepBackward(ProcessorId processor, StopPoints stops, Interruption interruption) {
        Points points = new Points(stops);
        return stop(
                points,
                processor,
                () -> timeline.stepBack(processor.index(), points.translated(), interruption::requested));
    }

    @Override
    public Stop continueBackward(StopPoints stops, Interruption interruption) {
        Points points = new Points(stops);
        return stop(points, current(), () -> timeline.continueBack(points.translated(), interruption::requested));
    }

    private Stop stop(Points points, ProcessorId stepped, Supplier<Outcome> movement) {
        Outcome outcome = guarded(movement);
        return switch (outcome.reason()) {
            case DONE -> new Stop.Stepped(stepped);
            case STOP_POINT -> points.stop(outcome.hit());
            case BEGINNING -> new Stop.BeginningOfTrace(current());
            case END -> new Stop.EndOfTrace(current());
            case INTERRUPTED -> new Stop.Interrupted(current());
        };
    }

    private static <T> T guarded(Supplier<T> action) {
        try {
            return action.get();
        } catch (DivergenceException e) {
            throw new TargetError(e.getMessage());
        }
    }

    private Processor cpu(ProcessorId processor) {
        Machine machine = timeline.machine();
        return machine.processor(processor.index());
    }

    /** gdb's stop points in the timeline's terms, and the way back. */
    private final class Points {
        private final Map<StopPoint, Object> origins = new IdentityHashMap<>();
        private final List<StopPoint> points = new ArrayList<>();

        Points(StopPoints stops) {
            for (Watchpoint watch : stops.watchpoints()) {
                add(
                        new StopPoint.AtAccess(
                                watch.address(), watch.length(), watch.watchesReads(), watch.watchesWrites()),
                        watch);
            }
            for (Breakpoint breakpoint : stops.breakpoints()) {
                add(new StopPoint.AtInstruction(breakpoint.address()), breakpoint);
            }
        }

        private void add(StopPoint point, Object origin) {
            points.add(point);
            origins.put(point, origin);
        }

        org.retrovisor.replay.StopPoints translated() {
            return new org.retrovisor.replay.StopPoints(points, this::counts);
        }

        private boolean counts(Hit hit) {
            return condition(hit).holds(state(hit.processor()));
        }

        private Condition condition(Hit hit) {
            return switch (origins.get(hit.point())) {
                case Breakpoint breakpoint -> breakpoint.condition();
                case Watchpoint watch -> watch.condition();
                default -> Condition.ALWAYS;
            };
        }

        Stop stop(Hit hit) {
            ProcessorId processor = processors.get(hit.processor());
            return switch (origins.get(hit.point())) {
                case Breakpoint breakpoint -> new Stop.AtBreakpoint(processor, breakpoint);
                case Watchpoint watch -> new Stop.AtWatchpoint(processor, watch, hit.linear());
                default -> new Stop.Stepped(processor);
            };
        }
    }

    private GuestState state(int processor) {
        Processor cpu = timeline.machine().processor(processor);
        return new GuestState() {
            @Override
            public RegisterFile registers() {
                return new GuestRegisters(cpu);
            }

            @Override
            public byte[] readMemory(long virtualAddress, int length) {
                return GuestMemoryView.linear(cpu, virtualAddress, length);
            }
        };
    }
}
