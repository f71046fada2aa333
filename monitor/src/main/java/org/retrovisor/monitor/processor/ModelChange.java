package org.retrovisor.monitor.processor;

import java.util.Arrays;

/**
 * What guests can see of corrections to the processor models, and in which version of the models each came. A machine of an
 * earlier version behaves as it did then, so that an old trace goes the way it was recorded.
 */
public enum ModelChange {
    /** RFLAGS.RF is 1 in the image that an interrupt or trap between two iterations of a REP instruction pushes. */
    RESUME_FLAG_BETWEEN_ITERATIONS(2),
    /** A data breakpoint that a load of SS hits traps behind the next instruction, and is not lost. */
    HELD_HITS(2),
    /** The four pointers of PAE paging are kept from the last load of CR3, and not read with each walk. */
    KEPT_POINTERS(2),
    /** An instruction that crosses the end of the code segment and goes on into a page that faults raises #GP, not #PF. */
    CODE_LIMIT_BEFORE_PAGE(2),
    /** Indirect jumps, calls and returns to an address that is not canonical raise #GP themselves in generated code, too. */
    TARGETS_OF_GENERATED_CODE(3),
    /**
     * An operand that begins at a canonical address and ends at one that is not raises #GP or #SS, not #PF; so does the stack operand of an
     * instruction that has one in memory besides: #SS.
     */
    WHOLE_OPERANDS(3),
    /** Encodings that are undefined: control registers from 9, debug registers from 8 at any level, MOVBE with F3, VEX forms. */
    UNDEFINED_FORMS(3),
    /** INS and OUTS ask for the right to the port even when REP has nothing to repeat. */
    PORTS_BEFORE_COUNT(3),
    /** The error code of #SS on an inner stack of legacy mode names its selector. */
    INNER_STACK_SELECTOR(3),
    /** The #DB of a task's debug bit is a trap: no RF of its own, and behind the error code that a task gate takes. */
    TASK_DEBUG_TRAP(4),
    /** IRET of real mode leaves VIF and VIP alone. */
    REAL_MODE_VIRTUAL_FLAGS(4),
    /** Long mode is not activated in a task of 16 bits. */
    LONG_MODE_NEEDS_WIDE_TASK(4),
    /** RFLAGS.RF in the task that an exception or interrupt leaves through a task gate is what other gates push. */
    RESUME_FLAG_OF_LEFT_TASK(5),
    /** A benign exception while a double fault is delivered is delivered behind it, and does not shut the processor down. */
    BENIGN_BEHIND_DOUBLE_FAULT(5),
    /** ARPL writes its operand only when it has something to change. */
    ARPL_WRITES_CHANGES(5),
    /** CR0.EM and CR4.OSFXSR do not switch off instructions with a VEX prefix. */
    VEX_WITHOUT_SSE_BITS(5),
    /** ENTER pushes from the top of its frame down, so that the first of several pages that fault is the highest. */
    ENTER_PUSHES_DOWNWARD(6),
    /** CMPS reads its operand at RDI before the one at RSI, which shows when both fault. */
    CMPS_READS_DESTINATION_FIRST(6),
    /** LAR shows bits 16 to 19 of the limit, too. */
    LAR_SHOWS_LIMIT(6),
    /** VCVTPS2PH with an underflow that traps is inexact only when it would be with an unbounded exponent; or of a denormal. */
    HALF_UNDERFLOW_BY_UNBOUNDED_EXPONENT(6),
    /** DPPS and DPPD raise the exceptions of their multiplications before they add: an unmasked one ends the instruction there. */
    DOT_PRODUCTS_STEP_BY_STEP(7),
    /** An operand that is not aligned raises #AC, where that is asked for, before its pages are looked at; images of the x87 unit do, too. */
    ALIGNMENT_BEFORE_PAGES(7),
    /** Moves between vectors and general registers are 64 bits wide by VEX.W in 64-bit mode only. */
    VEX_W_IN_64_BIT_MODE(8);

    /** The version that a processor had before the first change. */
    public static final int FIRST_VERSION = 1;

    private final int version;

    ModelChange(int version) {
        this.version = version;
    }

    /** Whether processors of a version of the models have it. */
    public boolean isIn(int modelVersion) {
        return modelVersion >= version;
    }

    /** The version of the models with all changes. */
    public static int currentVersion() {
        return Arrays.stream(values()).mapToInt(change -> change.version).max().orElse(FIRST_VERSION);
    }
}
