package org.retrovisor.gdbstub.debuggee;

/** What a condition may look at: one processor at the moment in question, which need not be where the target stands. */
public interface GuestState {
    RegisterFile registers();

    /** Reads by virtual address; fewer bytes or a {@link TargetError} when not mapped. */
    byte[] readMemory(long virtualAddress, int length);
}
