package org.retrovisor.gdbstub.debuggee;

import java.util.List;

/**
 * What can be debugged: a machine that stands at one moment. All calls come from one thread, one at a time.
 *
 * <p>A target says what more it can do by implementing {@link ReversibleTarget}, {@link PhysicalMemory} or {@link MonitorCommands};
 * what the stub offers gdb follows from that. Every method may throw {@link TargetError}.
 */
public interface DebugTarget {
    /** All processors, in ascending order; never empty and always the same. */
    List<ProcessorId> processors();

    /** The processor that the current moment belongs to: the one that executes next. */
    ProcessorId current();

    /** One line for "info threads": moment, mode, halted or not. */
    String describe(ProcessorId processor);

    RegisterFile registers(ProcessorId processor);

    /**
     * Reads as this processor would translate addresses now. Returns fewer bytes when the rest is not mapped; throws when not
     * even the first one is.
     *
     * @param length more than 0
     */
    byte[] readMemory(ProcessorId processor, long virtualAddress, int length);

    /** Why registers and memory can't be written: a sentence that tells the user what to do instead. */
    String readOnlyReason();

    /**
     * Runs until this processor has retired an instruction and its program counter is outside the range; other processors run
     * as they did. An interruption, the end of the trace, a watchpoint, and a breakpoint that another processor reaches or
     * that this one reaches inside the range after its first instruction, end the step early.
     */
    Stop stepForward(ProcessorId processor, StepRange range, StopPoints stops, Interruption interruption);

    /**
     * Runs at least one instruction, then up to the first stop point, the end of the trace, or an interruption. A breakpoint
     * stops before the instruction at its address, a watchpoint after the instruction that accessed the memory.
     */
    Stop continueForward(StopPoints stops, Interruption interruption);
}
