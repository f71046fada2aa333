package org.retrovisor.gdbstub.debuggee;

/**
 * A target that can go back. An operation that is interrupted leaves the target where it was.
 *
 * <p>Going backward, a stop is where the user stands after having undone something: a breakpoint stops before the instruction at
 * its address, like forward; a watchpoint stops before the instruction that accessed the memory, for gdb compares values and
 * wants to see the old one.
 */
public interface ReversibleTarget extends DebugTarget {
    /** Undoes the last instruction that this processor retired, and everything after it on the others. */
    Stop stepBackward(ProcessorId processor, StopPoints stops, Interruption interruption);

    /** Undoes at least one instruction, back to the last stop point before here, or to the beginning of the trace. */
    Stop continueBackward(StopPoints stops, Interruption interruption);
}
