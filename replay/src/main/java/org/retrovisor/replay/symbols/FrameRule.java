package org.retrovisor.replay.symbols;

import java.util.Arrays;

/**
 * How to get from a frame to its caller's: the canonical frame address (CFA) and where each register was saved.
 *
 * <p>Registers have the numbers of the x86-64 psABI, figure 3.36.
 */
final class FrameRule {
    static final int RCX = 2;
    static final int RBX = 3;
    static final int RBP = 6;
    static final int RSP = 7;
    static final int R11 = 11;
    static final int RIP = 16;
    private static final int RFLAGS = 49;

    /** Numbers of the registers that rules are made for. */
    static final int[] REGISTERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 49, 51, 52};

    /** What CFA is. */
    enum Base {
        /** Register plus offset. */
        REGISTER,
        /** What lies at RBP plus offset. */
        AT_BP,
        /** What lies at RSP plus offset. */
        AT_SP,
        /** What lies at RSP, plus offset. */
        AT_SP_THEN
    }

    /** Where a register's value is. */
    enum Kind {
        /** Lost. */
        UNDEFINED,
        /** Still in the register. */
        SAME,
        /** In memory at CFA plus offset. */
        AT_CFA,
        /** In memory at RBP plus offset. */
        AT_BP,
        /** CFA itself. */
        IS_CFA,
        /** In another register, whose number the offset is. */
        IN_REGISTER
    }

    /** Where registers are in what an entry saved, in bytes from its lowest address: same order as REGISTERS. */
    private static final int[] SAVED = {
        80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128, 144, 136, 160
    };
    /** The first that the processor itself pushes. */
    private static final int PUSHED = 128;
    /** An entry at most this far above its IRET frame (an error code, one more) has changed no register yet. */
    private static final int UNTOUCHED = 16;

    final Base base;
    final int cfaRegister;
    final int cfaOffset;
    private final Kind[] kinds = new Kind[REGISTERS.length];
    private final int[] offsets = new int[REGISTERS.length];

    private FrameRule(Base base, int cfaRegister, int cfaOffset) {
        this.base = base;
        this.cfaRegister = cfaRegister;
        this.cfaOffset = cfaOffset;
        Arrays.fill(kinds, Kind.UNDEFINED);
    }

    Kind kind(int index) {
        return kinds[index];
    }

    int offset(int index) {
        return offsets[index];
    }

    /** The frame of a function just called: what every FDE begins with. */
    static FrameRule atEntry() {
        FrameRule rule = new FrameRule(Base.REGISTER, RSP, 8);
        rule.call();
        return rule;
    }

    /**
     * The frame in which SYSCALL leaves the kernel, before that has taken a stack of its own: RIP is in RCX, RFLAGS in R11,
     * and RSP is the program's. Unwind tables do not describe it.
     */
    static FrameRule atSystemCall() {
        FrameRule rule = new FrameRule(Base.REGISTER, RSP, 0);
        for (int i = 0; i < RIP; i++) {
            rule.set(i, i == RCX || i == R11 ? Kind.UNDEFINED : Kind.SAME, 0);
        }
        rule.set(RIP, Kind.IN_REGISTER, RCX);
        rule.set(RSP, Kind.IS_CFA, 0);
        rule.set(Arrays.binarySearch(REGISTERS, RFLAGS), Kind.IN_REGISTER, R11);
        return rule;
    }

    /** The frame of a function that has so much on the stack. */
    static FrameRule at(StackDepths.Depth depth) {
        if (depth == StackDepths.Depth.UNKNOWN) {
            return none();
        }
        FrameRule rule = new FrameRule(Base.REGISTER, RSP, depth.bytes());
        rule.call();
        if (depth.savedBp() != 0) {
            rule.set(RBP, Kind.AT_CFA, -depth.savedBp());
        }
        return rule;
    }

    /** The frame of which nothing is known, or that has no caller. */
    private static FrameRule none() {
        return new FrameRule(Base.REGISTER, RSP, 8);
    }

    /** The rule of an entry; {@code swappedIndirect}: until Linux 5.11, offset and indirection came the other way. */
    static FrameRule of(OrcTable table, int i, boolean swappedIndirect) {
        int flags = table.flags(i);
        FrameRule rule = cfa(flags & 0xF, table.spOffset(i), swappedIndirect);
        if (rule == null) {
            return none();
        }
        switch (table.layout.frame(flags)) {
            case UNKNOWN, END -> {}
            case CALL -> rule.call();
            case REGISTERS -> rule.registers();
            case IRET -> rule.iret(rule.cfaRegister == RSP && rule.cfaOffset <= UNTOUCHED);
        }
        rule.basePointer(flags >> 4 & 0xF, table.bpOffset(i));
        return rule;
    }

    /** Whether a rule is that of an interrupted, not of a calling, frame; or of one on another stack. */
    boolean isInterruption() {
        return kinds[RIP] == Kind.AT_CFA && offsets[RIP] >= 0;
    }

    private static FrameRule cfa(int register, int offset, boolean swappedIndirect) {
        return switch (register) {
            case 2 -> new FrameRule(Base.REGISTER, 1, 0);
            case 3 -> new FrameRule(Base.REGISTER, 5, 0);
            case 4 -> new FrameRule(Base.REGISTER, RBP, offset);
            case 5 -> new FrameRule(Base.REGISTER, RSP, offset);
            case 6 -> new FrameRule(Base.REGISTER, 10, 0);
            case 7 -> new FrameRule(Base.REGISTER, 13, 0);
            case 8 -> new FrameRule(Base.AT_BP, RBP, offset);
            case 9 -> new FrameRule(swappedIndirect ? Base.AT_SP : Base.AT_SP_THEN, RSP, offset);
            default -> null;
        };
    }

    private void call() {
        set(RIP, Kind.AT_CFA, -8);
        set(RSP, Kind.IS_CFA, 0);
        set(RBP, Kind.SAME, 0);
    }

    private void registers() {
        for (int i = 0; i < SAVED.length; i++) {
            set(i, Kind.AT_CFA, SAVED[i]);
        }
    }

    private void iret(boolean untouched) {
        for (int i = 0; i < SAVED.length; i++) {
            if (SAVED[i] >= PUSHED) {
                set(i, Kind.AT_CFA, SAVED[i] - PUSHED);
            } else if (untouched) {
                set(i, Kind.SAME, 0);
            }
        }
        set(RBP, Kind.SAME, 0);
    }

    private void basePointer(int register, int offset) {
        if (register == 1) {
            set(RBP, Kind.AT_CFA, offset);
        } else if (register == 4) {
            set(RBP, Kind.AT_BP, offset);
        }
    }

    private void set(int index, Kind kind, int offset) {
        kinds[index] = kind;
        offsets[index] = offset;
    }
}
