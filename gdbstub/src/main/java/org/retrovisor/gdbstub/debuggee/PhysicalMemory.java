package org.retrovisor.gdbstub.debuggee;

/** A target whose memory can also be read by physical address. */
public interface PhysicalMemory {
    /** Like {@link DebugTarget#readMemory}, without translation. */
    byte[] readPhysical(long address, int length);
}
