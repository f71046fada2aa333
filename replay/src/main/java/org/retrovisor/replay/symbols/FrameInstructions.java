package org.retrovisor.replay.symbols;

import org.retrovisor.replay.symbols.FrameRule.Base;
import org.retrovisor.replay.symbols.FrameRule.Kind;

/** Writes rules as call-frame instructions (DWARF 3, section 6.4.2): what changes from one to the next. */
final class FrameInstructions {
    private static final int ADVANCE = 0x40;
    private static final int OFFSET = 0x80;
    private static final int ADVANCE1 = 0x02;
    private static final int ADVANCE2 = 0x03;
    private static final int ADVANCE4 = 0x04;
    private static final int OFFSET_EXTENDED = 0x05;
    private static final int UNDEFINED = 0x07;
    private static final int SAME_VALUE = 0x08;
    private static final int REGISTER = 0x09;
    private static final int DEF_CFA = 0x0C;
    private static final int DEF_CFA_OFFSET = 0x0E;
    private static final int DEF_CFA_EXPRESSION = 0x0F;
    private static final int EXPRESSION = 0x10;
    private static final int OFFSET_EXTENDED_SF = 0x11;
    private static final int DEF_CFA_SF = 0x12;
    private static final int VAL_OFFSET = 0x14;

    private static final int OP_DEREF = 0x06;
    private static final int OP_CONSTS = 0x11;
    private static final int OP_PLUS = 0x22;
    private static final int OP_BREG = 0x70;

    private final ByteSink out;
    /** The unit of offsets in the CIE, 8 or -8: the sign that most offsets have. */
    private final int unit;

    FrameInstructions(ByteSink out, int unit) {
        this.out = out;
        this.unit = unit;
    }

    /** The next rules hold from {@code bytes} later on. */
    void advance(long bytes) {
        if (bytes < 0x40) {
            out.u8(ADVANCE | (int) bytes);
        } else if (bytes < 0x100) {
            out.u8(ADVANCE1).u8((int) bytes);
        } else if (bytes < 0x10000) {
            out.u8(ADVANCE2).u16((int) bytes);
        } else {
            out.u8(ADVANCE4).u32(bytes);
        }
    }

    /** Changes from one rule to another; from null: everything. */
    void change(FrameRule from, FrameRule to) {
        changeCfa(from, to);
        for (int i = 0; i < FrameRule.REGISTERS.length; i++) {
            if (from == null || from.kind(i) != to.kind(i) || from.offset(i) != to.offset(i)) {
                register(FrameRule.REGISTERS[i], to.kind(i), to.offset(i));
            }
        }
    }

    private void changeCfa(FrameRule from, FrameRule to) {
        boolean sameBase = from != null && from.base == to.base && from.cfaRegister == to.cfaRegister;
        if (sameBase && from.cfaOffset == to.cfaOffset) {
            return;
        }
        if (to.base != Base.REGISTER) {
            out.u8(DEF_CFA_EXPRESSION);
            block(cfaExpression(to));
        } else if (to.cfaOffset < 0) {
            // Factored by the unit: all of them are multiples of 8, and the rest of one that is not would be lost.
            out.u8(DEF_CFA_SF).uleb(to.cfaRegister).sleb(to.cfaOffset / unit);
        } else if (sameBase) {
            out.u8(DEF_CFA_OFFSET).uleb(to.cfaOffset);
        } else {
            out.u8(DEF_CFA).uleb(to.cfaRegister).uleb(to.cfaOffset);
        }
    }

    private static ByteSink cfaExpression(FrameRule rule) {
        ByteSink expression = new ByteSink(16);
        boolean after = rule.base == Base.AT_SP_THEN;
        expression.u8(OP_BREG + rule.cfaRegister).sleb(after ? 0 : rule.cfaOffset).u8(OP_DEREF);
        if (after) {
            expression.u8(OP_CONSTS).sleb(rule.cfaOffset).u8(OP_PLUS);
        }
        return expression;
    }

    private void register(int register, Kind kind, int offset) {
        switch (kind) {
            case UNDEFINED -> out.u8(UNDEFINED).uleb(register);
            case SAME -> out.u8(SAME_VALUE).uleb(register);
            case IS_CFA -> out.u8(VAL_OFFSET).uleb(register).uleb(0);
            case IN_REGISTER -> out.u8(REGISTER).uleb(register).uleb(offset);
            case AT_CFA -> saved(register, offset);
            case AT_BP -> {
                out.u8(EXPRESSION).uleb(register);
                block(new ByteSink(8).u8(OP_BREG + FrameRule.RBP).sleb(offset));
            }
        }
    }

    private void saved(int register, int offset) {
        int factored = offset / unit;
        if (offset % unit != 0) {
            // The kernel never saves a register there; what cannot be told is not told.
            out.u8(UNDEFINED).uleb(register);
        } else if (factored < 0) {
            out.u8(OFFSET_EXTENDED_SF).uleb(register).sleb(factored);
        } else if (register < 0x40) {
            out.u8(OFFSET | register).uleb(factored);
        } else {
            out.u8(OFFSET_EXTENDED).uleb(register).uleb(factored);
        }
    }

    private void block(ByteSink expression) {
        out.uleb(expression.size()).append(expression);
    }
}
