package org.retrovisor.gdbstub.debuggee;

import java.util.List;

/** The breakpoints and watchpoints that count during one operation, in the order in which gdb inserted them. */
public record StopPoints(List<Breakpoint> breakpoints, List<Watchpoint> watchpoints) {
    public static final StopPoints NONE = new StopPoints(List.of(), List.of());

    public StopPoints {
        breakpoints = List.copyOf(breakpoints);
        watchpoints = List.copyOf(watchpoints);
    }

    public boolean isEmpty() {
        return breakpoints.isEmpty() && watchpoints.isEmpty();
    }
}
