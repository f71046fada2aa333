package org.retrovisor.gdbstub.debuggee;

/** Why the target stands still again, and on which processor. */
public sealed interface Stop {
    ProcessorId processor();

    /** A step is done. */
    record Stepped(ProcessorId processor) implements Stop {}

    /** The processor is about to execute the instruction at the breakpoint. */
    record AtBreakpoint(ProcessorId processor, Breakpoint breakpoint) implements Stop {}

    /**
     * Watched memory was accessed.
     *
     * @param address the first accessed byte inside the watched range
     */
    record AtWatchpoint(ProcessorId processor, Watchpoint watchpoint, long address) implements Stop {}

    /**
     * Memory was accessed that the user asked the target itself to watch, behind gdb's back.
     *
     * @param sentence what the user is told
     */
    record AtOwnWatch(ProcessorId processor, String sentence) implements Stop {}

    /** There is nothing before this moment. */
    record BeginningOfTrace(ProcessorId processor) implements Stop {}

    /** There is nothing after this moment. */
    record EndOfTrace(ProcessorId processor) implements Stop {}

    /** The user asked for it. */
    record Interrupted(ProcessorId processor) implements Stop {}
}
