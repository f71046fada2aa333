package org.retrovisor.gdbstub.behaviour;

import java.util.ArrayList;
import java.util.List;
import org.retrovisor.gdbstub.agent.AgentError;
import org.retrovisor.gdbstub.agent.AgentExpression;
import org.retrovisor.gdbstub.debuggee.Breakpoint;
import org.retrovisor.gdbstub.debuggee.Condition;
import org.retrovisor.gdbstub.debuggee.StopPoints;
import org.retrovisor.gdbstub.debuggee.TargetError;
import org.retrovisor.gdbstub.debuggee.Watchpoint;
import org.retrovisor.gdbstub.packet.StopPointPackets.StopPoint;

/**
 * The breakpoints and watchpoints that gdb has inserted. Inserting one again replaces its condition, and removing one that isn't
 * there does no harm: GDB's manual asks for both.
 */
final class StopPointTable {
    private static final int MAX = 10_000;
    /** No object of a program is longer, and sums of address and length stay in the address space. */
    private static final long MAX_LENGTH = 1L << 40;

    private final List<Breakpoint> breakpoints = new ArrayList<>();
    private final List<Watchpoint> watchpoints = new ArrayList<>();

    StopPoints all() {
        return new StopPoints(breakpoints, watchpoints);
    }

    void clear() {
        breakpoints.clear();
        watchpoints.clear();
    }

    Reply insert(StopPoint packet) {
        Condition condition = condition(packet.conditions());
        if (isBreakpoint(packet)) {
            insert(breakpoint(packet, condition));
        } else {
            insert(watchpoint(packet, condition));
        }
        return Reply.OK;
    }

    Reply remove(StopPoint packet) {
        if (isBreakpoint(packet)) {
            breakpoints.removeIf(breakpoint(packet, Condition.ALWAYS)::samePlace);
        } else {
            watchpoints.removeIf(watchpoint(packet, Condition.ALWAYS)::samePlace);
        }
        return Reply.OK;
    }

    private void insert(Breakpoint breakpoint) {
        breakpoints.removeIf(breakpoint::samePlace);
        checkRoom();
        breakpoints.add(breakpoint);
    }

    private void insert(Watchpoint watchpoint) {
        watchpoints.removeIf(watchpoint::samePlace);
        checkRoom();
        watchpoints.add(watchpoint);
    }

    private void checkRoom() {
        if (breakpoints.size() + watchpoints.size() >= MAX) {
            throw new TargetError("there are " + MAX + " breakpoints and watchpoints already; delete some");
        }
    }

    private static boolean isBreakpoint(StopPoint packet) {
        return packet.type() == '0' || packet.type() == '1';
    }

    private static Breakpoint breakpoint(StopPoint packet, Condition condition) {
        Breakpoint.Kind kind = packet.type() == '0' ? Breakpoint.Kind.SOFTWARE : Breakpoint.Kind.HARDWARE;
        return new Breakpoint(kind, packet.address(), condition);
    }

    private static Watchpoint watchpoint(StopPoint packet, Condition condition) {
        Watchpoint.Kind kind = switch (packet.type()) {
            case '2' -> Watchpoint.Kind.WRITE;
            case '3' -> Watchpoint.Kind.READ;
            case '4' -> Watchpoint.Kind.ACCESS;
            default -> throw new TargetError("breakpoints have types 0 to 4");
        };
        if (packet.kind() <= 0 || packet.kind() > MAX_LENGTH) {
            throw new TargetError("a watchpoint needs a length from 1 to 2^40 bytes");
        }
        return new Watchpoint(kind, packet.address(), packet.kind(), condition);
    }

    private static Condition condition(List<byte[]> bytecodes) {
        if (bytecodes.isEmpty()) {
            return Condition.ALWAYS;
        }
        try {
            List<AgentExpression> expressions = bytecodes.stream().map(AgentExpression::new).toList();
            return state -> expressions.stream().anyMatch(expression -> expression.holds(state));
        } catch (AgentError e) {
            throw new TargetError(e.getMessage());
        }
    }
}
