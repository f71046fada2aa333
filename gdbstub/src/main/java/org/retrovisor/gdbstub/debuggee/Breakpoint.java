package org.retrovisor.gdbstub.debuggee;

/**
 * A stop before the instruction at a virtual address, in whatever address space. The address may be unmapped today. Guest memory
 * is never altered; the kinds differ only in the reason that gdb is told.
 */
public record Breakpoint(Kind kind, long address, Condition condition) {

    public enum Kind {
        SOFTWARE, HARDWARE
    }

    public boolean samePlace(Breakpoint other) {
        return kind == other.kind && address == other.address;
    }
}
