package org.retrovisor.gdbstub.debuggee;

/**
 * The addresses in which a step goes on: from {@code start} up to but not including {@code end}, both unsigned. Empty when they
 * are equal: one instruction.
 */
public record StepRange(long start, long end) {
    public static final StepRange ONE_INSTRUCTION = new StepRange(0, 0);

    public boolean contains(long address) {
        return Long.compareUnsigned(start, address) <= 0 && Long.compareUnsigned(address, end) < 0;
    }
}
