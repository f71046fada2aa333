package org.retrovisor.gdbstub.debuggee;

/**
 * A processor of the target. gdb sees it as a thread: number {@code index + 1} of process 1.
 *
 * @param index counted from 0
 */
public record ProcessorId(int index) {
    public ProcessorId {
        if (index < 0) {
            throw new IllegalArgumentException("a processor's index is not negative: " + index);
        }
    }
}
