package org.retrovisor.monitor.processor;

/** What holds for every processor at any time: restored states come from strangers. */
final class StateChecks {
    private static final int ATTRIBUTES = 0xF0FF;

    private StateChecks() {}

    /** IllegalArgumentException, naming the first thing that does not hold. */
    static void check(Processor cpu) {
        require(ControlRegisters.consistent(cpu), "control registers contradict each other");
        require(cpu.mmu.pointers().consistent(), "pointers of PAE paging have reserved bits set");
        require(DebugRegisters.consistent(cpu), "debug registers have reserved bits set");
        require(cpu.cpl <= 3, "there are privilege levels 0 to 3 only");
        require(!cpu.virtual8086() || cpu.cpl == 3 && !cpu.longMode(),
                "virtual-8086 mode is at level 3, outside long mode");
        require(cpu.protectedMode() || cpu.cpl == 0, "real mode is at level 0");
        require((cpu.mxcsr & ~0xFFFF) == 0, "MXCSR has reserved bits set");
        boolean upperAlone = (cpu.xcr0 & 6) == 4;
        require((cpu.xcr0 & 1) != 0 && (cpu.xcr0 & ~cpu.machine().model().stateComponents()) == 0 && !upperAlone,
                "XCR0 has a value that this processor model does not know");
        require(Descriptors.isCanonical(cpu.gdtBase) && Descriptors.isCanonical(cpu.idtBase),
                "a descriptor table's base is not canonical");
        for (Segment segment : cpu.segments) {
            require(segment.limit >= 0 && segment.limit <= 0xFFFF_FFFFL, "a segment's limit has more than 32 bits");
            require((segment.attributes & ~ATTRIBUTES) == 0, "a segment has reserved attributes set");
            require(Descriptors.isCanonical(segment.base), "a segment's base is not canonical");
        }
        for (Msr register : Msr.values()) {
            require(cpu.msrs.holds(register), "MSR " + register + " has a value that it cannot hold");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException("its state is impossible: " + otherwise);
        }
    }
}
