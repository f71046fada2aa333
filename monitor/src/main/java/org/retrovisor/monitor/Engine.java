package org.retrovisor.monitor;

import java.util.Map;
import org.retrovisor.monitor.processor.Processor;

/**
 * What executes instructions. All engines give the same bits at the same moments.
 *
 * <p>They tell the {@link FootprintRecorder} what is executed. It is enough to do so when an address is looked up the slow way,
 * if whatever makes that unnecessary ends with {@link org.retrovisor.monitor.processor.Mmu#generation}.
 */
public interface Engine {
    /** Why {@link #run} returned. */
    enum Exit {
        /** The given moment is reached. */
        LIMIT,
        /** HLT was executed. */
        HALTED,
        /** {@link Processor#wantsAttention} holds. */
        ATTENTION,
        /** A fault while delivering a double fault. */
        SHUTDOWN,
        /** The {@link DebugStops} hold the processor before an instruction. */
        DEBUG,
        /** An instruction touched bytes that the {@link DebugStops} watch. */
        TOUCHED
    }

    /** Makes an engine for a machine. */
    @FunctionalInterface
    interface Factory {
        Engine create(Machine machine);
    }

    /**
     * Executes instructions of one processor.
     *
     * @param limit the moment at which to stop at the latest, exactly; at least one instruction is executed when it lies
     *     ahead and nothing else stops the processor
     */
    Exit run(Processor cpu, long limit);

    /** Instructions retired in the block under way that {@link Machine#retire} does not know yet. */
    long unsettled();

    /** Bytes that translated or decoded code was made of were overwritten. */
    void codeWritten(int frame, int offset, int length);

    /** Where to stop for a debugger. */
    DebugStops debugStops();

    /** What the engine counted, as names and values for people, in order; empty when it counts nothing. */
    default Map<String, Long> figures() {
        return Map.of();
    }

    /** How many instructions the block at RIP has; 1 where fetching it would fault. */
    default int nextBlockLength(Processor cpu) {
        return 1;
    }

    /** The host code made of the block at a linear address, in hexadecimal; empty when there is none. */
    default String hostCode(Processor cpu, long rip) {
        return "";
    }

    /** Ends its work; what is of use to others is kept. */
    default void close() {}

    /** Drops all decoded code, after RAM was replaced as a whole. */
    void forgetCode();
}
