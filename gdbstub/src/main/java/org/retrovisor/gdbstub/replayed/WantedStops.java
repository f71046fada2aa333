package org.retrovisor.gdbstub.replayed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.Condition;
import org.retrovisor.gdbstub.debuggee.GuestState;
import org.retrovisor.gdbstub.debuggee.ProcessorId;
import org.retrovisor.gdbstub.debuggee.RegisterFile;
import org.retrovisor.gdbstub.debuggee.Stop;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.Watchpoint;
import org.retrovisor.replay.Hit;
import org.retrovisor.replay.StopPoint;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.StopPoint.AtInstruction;

/** gdb's breakpoints and watchpoints as stop points of a timeline, and the way back. */
final class WantedStops {
    /** Breakpoints at one address differ in their kind, watchpoints of one place in what they watch. */
    private final Map<AtInstruction, List<Breakpoint>> breakpoints = new LinkedHashMap<>();

    private final Map<AtAccess, Watchpoint> watchpoints = new LinkedHashMap<>();
    private final PhysicalWatches own;
    private final Function<ProcessorId, RegisterFile> registers;
    private final Memory memory;

    /** Reads virtual memory as a processor sees it. */
    @FunctionalInterface
    interface Memory {
        byte[] read(ProcessorId processor, long virtualAddress, int length);
    }

    WantedStops(
            StopPoints wanted, PhysicalWatches own, Function<ProcessorId, RegisterFile> registers, Memory memory) {
        this.own = own;
        this.registers = registers;
        this.memory = memory;
        for (Watchpoint watchpoint : wanted.watchpoints()) {
            AtAccess at = new AtAccess(
                    watchpoint.address(), watchpoint.length(), watchpoint.watchesReads(), watchpoint.watchesWrites());
            watchpoints.put(at, watchpoint);
        }
        for (Breakpoint breakpoint : wanted.breakpoints()) {
            AtInstruction at = new AtInstruction(breakpoint.address());
            breakpoints.computeIfAbsent(at, place -> new ArrayList<>()).add(breakpoint);
        }
    }

    org.retrovisor.replay.StopPoints points() {
        List<StopPoint> points = new ArrayList<>(watchpoints.keySet());
        points.addAll(own.all());
        points.addAll(breakpoints.keySet());
        return new org.retrovisor.replay.StopPoints(points, this::counts);
    }

    private boolean counts(Hit hit) {
        return switch (hit.point()) {
            case AtInstruction at -> holding(at, hit).isPresent();
            case AtAccess at -> at.physical() || holds(watchpoints.get(at).condition(), hit);
        };
    }

    /** The stop that gdb is told of, the target standing there. */
    Stop stop(Hit hit) {
        ProcessorId processor = new ProcessorId(hit.processor());
        return switch (hit.point()) {
            case AtInstruction at ->
                new Stop.AtBreakpoint(processor, holding(at, hit).orElseThrow());
            case AtAccess at when at.physical() -> new Stop.AtOwnWatch(processor, own.sentence(at));
            case AtAccess at -> new Stop.AtWatchpoint(processor, watchpoints.get(at), hit.address());
        };
    }

    private Optional<Breakpoint> holding(AtInstruction at, Hit hit) {
        return breakpoints.get(at).stream()
                .filter(breakpoint -> holds(breakpoint.condition(), hit))
                .findFirst();
    }

    private boolean holds(Condition condition, Hit hit) {
        ProcessorId processor = new ProcessorId(hit.processor());
        return condition.holds(new GuestState() {
            @Override
            public RegisterFile registers() {
                return registers.apply(processor);
            }

            @Override
            public byte[] readMemory(long virtualAddress, int length) {
                return memory.read(processor, virtualAddress, length);
            }
        });
    }
}
