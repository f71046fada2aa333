package org.retrovisor.replay;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.processor.AccessWatch;
import org.retrovisor.replay.StopPoint.AtAccess;
import org.retrovisor.replay.StopPoint.AtInstruction;
import org.retrovisor.replay.inspect.GuestView;

/** Stop points while they are in force in the engine. */
final class ArmedStops implements AutoCloseable {
    private final Machine machine;
    private final DebugStops engine;
    private final StopPoints wanted;
    private final Map<Long, AtInstruction> instructions = new HashMap<>();
    private final Map<AtAccess, AccessWatch> accesses = new LinkedHashMap<>();

    ArmedStops(Machine machine, StopPoints wanted) {
        this.machine = machine;
        this.engine = machine.engine().debugStops();
        this.wanted = wanted;
        for (StopPoint point : wanted.points()) {
            switch (point) {
                case AtInstruction at -> instructions.put(at.linear(), at);
                case AtAccess at ->
                    accesses.put(at, watch(at));
            }
        }
        engine.set(instructions.keySet().stream().mapToLong(Long::longValue).toArray());
        if (!accesses.isEmpty()) {
            engine.watch(machine, List.copyOf(accesses.values()));
        }
        engine.resume(-1);
    }

    private static AccessWatch watch(AtAccess at) {
        return new AccessWatch(at.address(), at.length(), at.reads(), at.writes(), at.physical());
    }

    /** Lets the instruction at this moment pass. */
    void passHere() {
        engine.resume(machine.moment());
    }

    /** After a run: the stop point that was reached here and counts, or null. The next run passes what does not. */
    Hit hit() {
        if (!engine.held()) {
            return null;
        }
        if (!engine.touched()) {
            passHere();
            return instructionHit();
        }
        return accessHit(engine.touches());
    }

    private Hit accessHit(List<DebugStops.Touch> touches) {
        for (Map.Entry<AtAccess, AccessWatch> entry : accesses.entrySet()) {
            for (DebugStops.Touch touch : touches) {
                if (touch.watch() == entry.getValue()) {
                    Hit hit = new Hit(entry.getKey(), touch.processor(), touch.address());
                    if (wanted.counts().test(hit)) {
                        return hit;
                    }
                }
            }
        }
        return null;
    }

    /** The instruction that is next, if it is a stop point and counts; else null. */
    Hit instructionHit() {
        long linear = GuestView.programCounter(machine.current());
        AtInstruction at = instructions.get(linear);
        if (at == null || machine.current().midRepeat()) {
            return null;
        }
        Hit hit = new Hit(at, machine.current().index(), linear);
        return wanted.counts().test(hit) ? hit : null;
    }

    @Override
    public void close() {
        engine.set(new long[0]);
        if (!accesses.isEmpty()) {
            engine.watch(machine, List.of());
        }
        engine.release();
    }
}
