package org.retrovisor.gdbstub.debuggee;

/**
 * A stop at an access to virtual memory.
 *
 * @param length in bytes, more than 0
 */
public record Watchpoint(Kind kind, long address, long length, Condition condition) {

    public enum Kind {
        WRITE, READ, ACCESS
    }

    public boolean watchesReads() {
        return kind != Kind.WRITE;
    }

    public boolean watchesWrites() {
        return kind != Kind.READ;
    }

    /** Whether any of the bytes accessed is watched. */
    public boolean overlaps(long accessed, int bytes) {
        return Long.compareUnsigned(accessed - address, length) < 0
                || Long.compareUnsigned(address - accessed, bytes) < 0;
    }

    public boolean samePlace(Watchpoint other) {
        return kind == other.kind && address == other.address && length == other.length;
    }
}
