package org.retrovisor.monitor.boot;

import java.util.List;
import java.util.Map;

/**
 * The state in which the bootstrap processor enters a kernel. What is not named here is zero; interrupts are disabled.
 *
 * @param mode how wide the code at {@code rip} is
 * @param registers general registers that are not zero, by the processor's numbers (RAX is 0, RSI is 6)
 * @param gdtBase linear address of the descriptor table, which holds what {@code segments} says
 * @param segments ES, CS, SS, DS, FS, GS in that order
 */
public record BootState(Mode mode, long rip, long rsp, Map<Integer, Long> registers, long cr0, long cr3, long cr4,
        long efer, long gdtBase, int gdtLimit, List<Segment> segments) {
    /** The modes in which kernels are entered. */
    public enum Mode {
        /** 64-bit mode with paging. */
        LONG_64,
        /** 32-bit protected mode without paging. */
        PROTECTED_32
    }

    /**
     * A segment register with its hidden part.
     *
     * @param limit in bytes, inclusive
     * @param attributes descriptor bits 40 to 55
     */
    public record Segment(int selector, long base, long limit, int attributes) {}

    public BootState {
        registers = Map.copyOf(registers);
        segments = List.copyOf(segments);
    }
}
